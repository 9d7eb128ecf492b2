"""`/api/v1/schedules`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly
from scheduling.api.task_json import TaskSerializer
from scheduling.exceptions import Conflict
from scheduling.gateways.sharing import in_their_words, remember
from scheduling.gateways.sympozium.bodies import (
    WORDS,
    NewBody,
    PatchBody,
    columns_of,
    generated,
    namespace_of,
)
from scheduling.gateways.sympozium.errors import AsPlainText
from scheduling.gateways.sympozium.shapes import (
    SYMPOZIUM,
    schedules_of,
    show_schedules,
)
from scheduling.interop.sympozium_spec import API_VERSION, KIND
from scheduling.models import ImportedTask, ScheduledTask
from signals.api.permissions import StaffNeedPermission

_MOST = 1000
_KIND_THERE = "sympoziumschedules.sympozium.ai"


class ScheduleViewSet(AsPlainText, viewsets.GenericViewSet[ScheduledTask]):
    """The tasks that are called `namespace/name` there, as far as the user sees them."""

    queryset = ScheduledTask.objects.none()
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]

    @property
    def verbs(self) -> dict[str, tuple[str, ...]]:
        """What staff need: see `StaffNeedPermission`."""
        if self.action == "partial_update" and set(self.request.data) == {"suspend"}:
            return {"partial_update": ("operate",)}
        return {}

    def get_object(self) -> ScheduledTask:
        """The schedule of that name; locked where it is to change."""
        namespace = namespace_of(self.request.query_params)
        name: str = self.kwargs["name"]
        rows = schedules_of(self.request.user, namespace)
        if self.action == "partial_update":
            rows = rows.select_for_update(of=("self",))
        task = rows.filter(imported__ref=f"{namespace}/{name}").first() if name.isprintable() else None  # fmt: skip
        if task is None:
            raise NotFound(f'{_KIND_THERE} "{name[:200]}" not found')
        self.check_object_permissions(self.request, task)
        return task

    def list(self, request: Request) -> Response:
        """Those of a namespace by name, at most 1000."""
        rows = schedules_of(request.user, namespace_of(request.query_params))
        return Response(show_schedules(list(rows.order_by("imported__ref")[:_MOST])))

    def create(self, request: Request) -> Response:
        """Make a schedule of an agent of Backbeat; it runs at once, unless `firstTick` says else."""
        namespace = namespace_of(request.query_params)
        body = NewBody(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = body.validated_data
        self._require_agent(said["agentRef"])
        name = said.pop("name", "") or generated(said["agentRef"])
        ref = f"{namespace}/{name}"
        if ImportedTask.objects.filter(format=SYMPOZIUM, ref=ref).exists():
            raise Conflict(f'{_KIND_THERE} "{name}" already exists')
        fields = columns_of(said) | {"name": name, "owner": request.user}
        if request.user.is_staff:  # there all schedules of an agent share its memory
            fields["memory_scope"] = ScheduledTask.MemoryScope.AGENT
        with transaction.atomic():
            stem = name if namespace == "default" else f"{namespace}-{name}"
            fields["id"] = services.free_id(stem)
            try:
                task = services.create_task(fields=fields, user=request.user)
            except ValidationError as error:
                raise in_their_words(error, WORDS) from error
            document = {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "metadata": {"name": name, "namespace": namespace},
                "spec": said,
            }
            remember(task, kind=SYMPOZIUM, ref=ref, document=document)
        return self._shown(task, status=201)

    def retrieve(self, request: Request, name: str) -> Response:
        """One schedule."""
        return Response(show_schedules([self.get_object()])[0])

    def partial_update(self, request: Request, name: str) -> Response:
        """Change what is given; without `suspend` it stays suspended or not, as it is."""
        with transaction.atomic():
            task = self.get_object()
            body = PatchBody(data=request.data, partial=True)
            body.is_valid(raise_exception=True)
            said: dict[str, Any] = body.validated_data
            try:
                services.update_task(task, fields=columns_of(said), user=request.user)
            except ValidationError as error:
                raise in_their_words(error, WORDS) from error
            if "type" in said:
                _write_type(task.imported, said["type"])
        return self._shown(task)

    def destroy(self, request: Request, name: str) -> Response:
        """Delete a schedule. Its runs stay."""
        services.delete_task(self.get_object(), user=request.user)
        return Response(status=204)

    def _require_agent(self, agent_id: str) -> None:
        rules = TaskSerializer(context={"request": self.request})
        try:
            rules.validate_agent_id(agent_id)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"agentRef": error.detail}) from error

    def _shown(self, task: ScheduledTask, *, status: int = 200) -> Response:
        rows = schedules_of(self.request.user, namespace_of(self.request.query_params))
        return Response(show_schedules([rows.get(pk=task.pk)])[0], status=status)


def _write_type(row: ImportedTask, kind: str) -> None:
    """Of the spec only this has no column: it stands where it was written."""
    spec = row.document.get("spec")
    row.document = {
        **row.document,
        "spec": {**(spec if isinstance(spec, dict) else {}), "type": kind},
    }
    row.save(update_fields=["document"])

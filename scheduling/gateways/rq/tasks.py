"""`/api/scheduler/tasks`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from rest_framework import viewsets
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly
from scheduling.exceptions import Conflict
from scheduling.gateways.rq.errors import AsFastApi
from scheduling.gateways.rq.shapes import (
    RQ,
    of_agent,
    show_executions,
    show_task,
    with_names,
)
from scheduling.gateways.rq.task_body import (
    WORDS,
    TaskBody,
    columns_of,
    require_staff,
)
from scheduling.gateways.sharing import in_their_words, remember, storable
from scheduling.models import ImportedTask, Run, ScheduledTask
from scheduling.selectors import tasks_visible_to
from signals.api.paging import whole_number
from signals.api.permissions import StaffNeedPermission
from signals.sanitise import clean_text

MISSING = "Task not found"
_MOST = 1000
_MOST_OFFSET = 1_000_000


class RqTaskViewSet(AsFastApi, viewsets.GenericViewSet[ScheduledTask]):
    """The tasks that the user sees, wherever they were made."""

    queryset = ScheduledTask.objects.none()
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]

    @property
    def verbs(self) -> dict[str, tuple[str, ...]]:
        """What staff need: see `StaffNeedPermission`."""
        verbs = ["enable", "disable", "run"]
        if self.action == "partial_update" and set(self.request.data) == {"enabled"}:
            verbs.append(self.action)
        return dict.fromkeys(verbs, ("operate",))

    def get_object(self) -> ScheduledTask:
        """The task called `agent:name`, or by Backbeat's id; locked where it is to change."""
        name = storable(self.kwargs["pk"], MISSING)
        rows = with_names(tasks_visible_to(self.request.user))
        if self.action in ("update", "partial_update"):
            rows = rows.select_for_update(of=("self",))
        named = {"imported__format": RQ, "imported__ref": name}
        task = rows.filter(**(named if ":" in name else {"pk": name})).first()
        if task is None:
            raise NotFound(MISSING)
        self.check_object_permissions(self.request, task)
        return task

    def list(self, request: Request) -> Response:
        """All of them, or those of `?agent_name=`; at most 1000 from `offset` on."""
        limit = whole_number(request, "limit", default=_MOST, least=1, most=_MOST)
        offset = whole_number(request, "offset", default=0, least=0, most=_MOST_OFFSET)
        rows = with_names(tasks_visible_to(request.user)).order_by("id")
        if name := clean_text(request.query_params.get("agent_name", "")):
            rows = rows.filter(of_agent(name))
        return Response([show_task(task) for task in rows[offset : offset + limit]])

    def create(self, request: Request) -> Response:
        """Make a task that calls a function; its id is `agent_name:task_name`."""
        body = TaskBody(data=request.data)
        body.is_valid(raise_exception=True)
        said: dict[str, Any] = body.validated_data
        require_staff(request)  # before it is told which names are taken
        ref = f"{said['agent_name']}:{said['task_name']}"
        if ImportedTask.objects.filter(format=RQ, ref=ref).exists():
            raise Conflict(f"Task {ref} exists: change it with PUT or PATCH.")
        with transaction.atomic():
            fields = columns_of(said, None, request)
            fields |= {"name": said["task_name"], "owner": request.user}
            fields["id"] = services.free_id(ref.replace(":", "-"))
            try:
                task = services.create_task(fields=fields, user=request.user)
            except ValidationError as error:
                raise in_their_words(error, WORDS) from error
            remember(task, kind=RQ, ref=ref, document=_document(said))
        return self._shown(task)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One task."""
        return Response(show_task(self.get_object()))

    def update(self, request: Request, pk: str) -> Response:
        """Change a task; what may be left out of a new one and is left out stays as it is."""
        return self._change(request, partial=False)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given."""
        return self._change(request, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a task. Its executions stay."""
        services.delete_task(self.get_object(), user=request.user)
        return Response({"message": "Task deleted successfully"})

    def enable(self, request: Request, pk: str) -> Response:
        """Let it fire again, from the next slot on."""
        services.resume_task(self.get_object(), user=request.user)
        return Response({"message": "Task enabled successfully"})

    def disable(self, request: Request, pk: str) -> Response:
        """Let it fire no more until it is enabled."""
        services.pause_task(self.get_object(), user=request.user)
        return Response({"message": "Task disabled successfully"})

    def run(self, request: Request, pk: str) -> Response:
        """Run it now, beside its schedule; answers the execution."""
        task = self.get_object()
        run = services.run_now(task, user=request.user, trigger=Run.Trigger.API)
        return Response(show_executions([run], user=request.user)[0], status=202)

    def _change(self, request: Request, *, partial: bool) -> Response:
        with transaction.atomic():
            task = self.get_object()
            body = TaskBody(task, data=request.data, partial=partial)
            body.is_valid(raise_exception=True)
            try:
                fields = columns_of(body.validated_data, task, request)
                services.update_task(task, fields=fields, user=request.user)
            except ValidationError as error:
                raise in_their_words(error, WORDS) from error
        return self._shown(task)

    def _shown(self, task: ScheduledTask) -> Response:
        fresh = with_names(ScheduledTask.objects.all()).get(id=task.id)
        return Response(show_task(fresh))


def _document(said: dict[str, Any]) -> dict[str, Any]:
    """The body as an entry of a tasks.yaml."""
    names = {"name": "task_name", "function": "function_path", "type": "task_type"}
    kept = ("schedule", "description", "enabled", "args", "kwargs")
    pairs = [*names.items(), *((each, each) for each in kept)]
    return {name: said[key] for name, key in pairs if said.get(key) is not None}

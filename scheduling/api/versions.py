"""`…/scheduled-tasks/{id}/versions` and `…/agents/{id}/versions`: what was changed, and back."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.agents import AgentSerializer
from scheduling.api.permissions import OwnerOrReadOnly, owns
from scheduling.api.task_json import TaskSerializer
from scheduling.api.webhooks import load_webhooks
from scheduling.models import Agent, ScheduledTask, Version
from scheduling.selectors import tasks_visible_to
from signals.api.paging import whole_number
from signals.api.permissions import StaffNeedPermission, StaffOnly

MOST = 2_147_483_647
TO = OpenApiParameter(
    "to",
    {"type": "integer", "minimum": 1, "maximum": MOST},
    description="The other version; left out, the latest.",
)


class VersionSerializer(serializers.ModelSerializer[Version]):
    """A version: `changed` names the fields that differ from the one before."""

    by = serializers.CharField(source="by_name", help_text="Empty: nobody.")

    class Meta:
        model = Version
        fields = ("number", "at", "by", "changed", "note")


class VersionDetailSerializer(VersionSerializer):
    """The same with what it holds; secrets are masked."""

    def get_fields(self) -> dict[str, Any]:
        # `data` is an attribute of serializers, and cannot be declared like the others.
        return super().get_fields() | {"data": serializers.DictField(read_only=True)}

    def to_representation(self, instance: Version) -> dict[str, Any]:
        held = services.shown_version(instance, whole=self.context["whole"])
        return VersionSerializer(instance).data | {"data": held}


class LineSerializer(serializers.Serializer[Any]):
    """A line of a text: `same`, `added`, `removed`; `gap` stands for lines left out."""

    kind = serializers.ChoiceField(["same", "added", "removed", "gap"])
    text = serializers.CharField(allow_blank=True)


class ChangeSerializer(serializers.Serializer[Any]):
    """A field that differs; `is_secret_changed` is true where the masks hide what was changed."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    lines = LineSerializer(many=True)
    is_secret_changed = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        # `label` is an attribute of serializers, and cannot be declared like the others.
        return super().get_fields() | {"label": serializers.CharField()}


class DiffSerializer(serializers.Serializer[Any]):
    """What differs between two versions."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    changes = ChangeSerializer(many=True)


class _VersionViews(viewsets.GenericViewSet[Any]):
    """Of one thing; a part's `thing` says which, and who may see it."""

    serializer_class = VersionSerializer
    cursor_ordering = ("-number",)

    def thing(self) -> ScheduledTask | Agent:
        """The task or agent of the path, when the user may see it."""
        raise NotImplementedError

    def is_whole(self, thing: Any) -> bool:
        """Whether all but secrets is shown to the user."""
        return True

    def list(self, request: Request, pk: str) -> Response:
        """The versions, newest first."""
        versions = services.versions_visible_to(request.user, self.thing())
        page = self.paginate_queryset(versions)
        return self.get_paginated_response(VersionSerializer(page, many=True).data)

    @extend_schema(responses=VersionDetailSerializer)
    def retrieve(self, request: Request, pk: str, number: int) -> Response:
        """One version with what it holds, secrets masked. 409 when its key is lost."""
        thing = self.thing()
        context = {"whole": self.is_whole(thing)}
        version = self._version(thing, number)
        return Response(VersionDetailSerializer(version, context=context).data)

    @extend_schema(parameters=[TO], responses=DiffSerializer)
    def diff(self, request: Request, pk: str, number: int) -> Response:
        """What differs from this version to `to`, or to the latest."""
        thing = self.thing()
        before = self._version(thing, number)
        to = whole_number(request, "to", default=0, least=1, most=MOST)
        versions = services.versions_visible_to(self.request.user, thing)
        after = self._version(thing, to) if to else versions[0]
        changes = services.compare_versions(before, after, whole=self.is_whole(thing))
        answer = {"before": before.number, "after": after.number, "changes": changes}
        return Response(DiffSerializer(answer).data)

    def _version(self, thing: ScheduledTask | Agent, number: int) -> Version:
        versions = services.versions_visible_to(self.request.user, thing)
        found = versions.filter(number=number).first() if number <= MOST else None
        if found is None:
            raise NotFound(f"There is no version {str(number)[:20]} of {thing.pk!r}.")
        return found


@extend_schema_view(
    list=extend_schema(
        description="The task's versions, newest first.",
    )
)
@extend_schema(tags=["scheduled tasks"])
class TaskVersionViewSet(_VersionViews):
    """The versions of one task, for who sees the task."""

    queryset = ScheduledTask.objects.none()
    permission_classes = [IsAuthenticated, StaffNeedPermission, OwnerOrReadOnly]

    def thing(self) -> ScheduledTask:
        rows = tasks_visible_to(self.request.user).select_related("owner")
        task = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.check_object_permissions(self.request, task)
        return task

    def is_whole(self, thing: Any) -> bool:
        return owns(self.request.user, thing)

    @extend_schema(request=None, responses=TaskSerializer)
    def revert(self, request: Request, pk: str, number: int) -> Response:
        """Set the task back to this version, webhooks, tags and parents too; a new version."""
        task = self.thing()
        services.revert_task(task, self._version(task, number), user=request.user)
        fresh = tasks_visible_to(request.user).select_related("owner").get(pk=pk)
        load_webhooks([fresh])
        return Response(TaskSerializer(fresh, context={"request": request}).data)


@extend_schema_view(
    list=extend_schema(
        description="The agent's versions, newest first.",
    ),
    retrieve=extend_schema(
        description="One version with what it holds; of credentials the names."
    ),
)
@extend_schema(tags=["agents"])
class AgentVersionViewSet(_VersionViews):
    """The versions of one agent, for staff."""

    queryset = Agent.objects.none()
    permission_classes = [IsAuthenticated, StaffOnly]

    def thing(self) -> Agent:
        return get_object_or_404(Agent, pk=self.kwargs["pk"])

    @extend_schema(request=None, responses=AgentSerializer)
    def revert(self, request: Request, pk: str, number: int) -> Response:
        """Set the agent back to this version; a new version. Its credentials stay."""
        agent = self.thing()
        services.revert_agent(agent, self._version(agent, number), user=request.user)
        return Response(AgentSerializer(agent, context={"request": request}).data)

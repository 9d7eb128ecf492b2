"""`/v2/admin/incidents/`: what is wrong, who knows of it, and when it was over."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from notifications import incidents
from notifications.exceptions import Conflict
from notifications.models import Incident
from notifications.timeline import Entry, timeline_of
from scheduling import standing
from scheduling.api.filters import InstantFilter
from scheduling.selectors import incidents_visible_to
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission

STATES = ("open", "acknowledged", "resolved")


class TimelineEntrySerializer(serializers.Serializer[Entry]):
    """One line of the timeline: `what` is opened, told, seen, acknowledged or resolved."""

    at = serializers.DateTimeField(read_only=True)
    what = serializers.CharField(source="moment", read_only=True)
    who = serializers.CharField(read_only=True)
    news = serializers.CharField(
        read_only=True, help_text="Of what was told: opened, reminder or resolved."
    )
    delivery_id = serializers.UUIDField(read_only=True, allow_null=True)
    status = serializers.CharField(read_only=True)


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """An incident. `task_id`, `run_id` and `webhook_id` are null when it is not about one."""

    # Plain, as everywhere that a set of choices comes up again.
    kind = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True)
    task_id = serializers.SerializerMethodField()
    webhook_id = serializers.IntegerField(allow_null=True, read_only=True)
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", default=None, read_only=True, allow_null=True
    )
    resolved_by = serializers.CharField(
        source="resolved_by.username", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Incident
        fields = [
            "id", "kind", "key", "state", "title", "note", "count", "task_id", "run_id",
            "webhook_id", "opened_at", "last_at", "acknowledged_at", "acknowledged_by",
            "resolved_at", "resolved_by", "resolves_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_task_id(self, incident: Incident) -> str | None:
        return incident.task_id or None


class IncidentDetailSerializer(IncidentSerializer):
    """The same with its timeline, oldest first."""

    timeline = serializers.SerializerMethodField()

    class Meta(IncidentSerializer.Meta):
        fields = [*IncidentSerializer.Meta.fields, "timeline"]
        read_only_fields = fields

    @extend_schema_field(TimelineEntrySerializer(many=True))
    def get_timeline(self, incident: Incident) -> Any:
        entries: Any = timeline_of(incident)
        return TimelineEntrySerializer(entries, many=True).data


class IncidentFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`since` is a bound, included; the others are compared exactly."""

    state = filters.ChoiceFilter(
        choices=[(each, each) for each in STATES], method="in_state"
    )
    kind = filters.ChoiceFilter(choices=Incident.Kind.choices)
    task_id = filters.CharFilter("task_id")
    since = InstantFilter("opened_at", lookup_expr="gte")

    class Meta:
        model = Incident
        fields = ("kind",)

    def in_state(
        self, rows: QuerySet[Incident], _name: str, state: str
    ) -> QuerySet[Incident]:
        """Those that are resolved, or else those that somebody knows of or not."""
        if state == "resolved":
            return rows.filter(resolved_at__isnull=False)
        is_unseen = state == "open"
        return rows.filter(resolved_at=None, acknowledged_at__isnull=is_unseen)


class _LatestFirst(NewestFirst):
    ordering = ("-opened_at", "-id")


@extend_schema(tags=["incidents"])
class IncidentViewSet(viewsets.GenericViewSet[Incident]):
    """What went wrong that somebody has to see to. Owners see, and see to, that of their tasks."""

    queryset = Incident.objects.none()
    serializer_class = IncidentSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = _LatestFirst
    filterset_class = IncidentFilter
    verbs = {"acknowledge": ("acknowledge",), "resolve": ("acknowledge",)}

    def get_queryset(self) -> QuerySet[Incident]:
        rows = incidents_visible_to(self.request.user)
        return rows.select_related("acknowledged_by", "resolved_by")

    def list(self, request: Request) -> Response:
        """The incidents of the tasks that the user owns, newest first; staff see all."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses=IncidentDetailSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """One incident with its timeline."""
        return self._shown(pk)

    @extend_schema(request=None, responses=IncidentDetailSerializer)
    def acknowledge(self, request: Request, pk: int) -> Response:
        """Say that you know of it: nobody is reminded any more. 409 once it is resolved."""
        incident = self._open(pk)
        rows = Incident.objects.filter(pk=incident.pk)
        incidents.acknowledge(rows, user=request.user)
        standing.forget()
        return self._shown(pk)

    @extend_schema(request=None, responses=IncidentDetailSerializer)
    def resolve(self, request: Request, pk: int) -> Response:
        """Say that it is over: whoever was told of it is told so. 409 once it is resolved."""
        incident = self._open(pk)
        rows = Incident.objects.filter(pk=incident.pk)
        if not incidents.resolve_all(rows, by=request.user):
            raise Conflict(_("This incident was resolved a moment ago."))
        standing.forget()
        return self._shown(pk)

    def _open(self, pk: int) -> Incident:
        incident = get_object_or_404(self.get_queryset(), pk=pk)
        if incident.resolved_at is not None:
            raise Conflict(_("This incident is resolved already."))
        return incident

    def _shown(self, pk: int) -> Response:
        incident = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(IncidentDetailSerializer(incident).data)

"""`/v2/admin/events/`: what was late, missed, paused or silent."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.filters import InstantFilter
from scheduling.models import Event
from scheduling.selectors import events_visible_to
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event. `task_id` is null when it concerns the whole installation."""

    # Plain, as everywhere that a set of choices comes up again.
    kind = serializers.CharField(read_only=True)
    task_id = serializers.SerializerMethodField()
    run_id = serializers.UUIDField(allow_null=True, read_only=True)

    class Meta:
        model = Event
        fields = ["id", "kind", "task_id", "task_name", "run_id", "slot", "at", "note", "data"]  # fmt: skip
        read_only_fields = fields

    def get_task_id(self, event: Event) -> str | None:
        return event.task_ref or None


class EventFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """`since` is a bound, included; the others are compared exactly."""

    kind = filters.ChoiceFilter(choices=Event.Kind.choices)
    task_id = filters.CharFilter("task_ref")
    since = InstantFilter("at", lookup_expr="gte")

    class Meta:
        model = Event
        fields = ("kind",)


class _LatestFirst(NewestFirst):
    ordering = ("-at", "-id")


@extend_schema(tags=["events"])
class EventViewSet(viewsets.GenericViewSet[Event]):
    """What happened that somebody may want to be told of."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = _LatestFirst
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        return events_visible_to(self.request.user)

    def list(self, request: Request) -> Response:
        """The events of the tasks that the user sees, newest first; staff see all."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

"""`/v2/admin/scheduled-tasks/{id}/event-triggers`: what events begin a run of the task."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly, owns
from scheduling.api.preconditions import Tagged
from scheduling.models import EventTrigger, ScheduledTask
from scheduling.selectors import tasks_visible_to
from signals.api.permissions import StaffNeedPermission
from signals.api.strict import StrictSerializer


class EventTriggerSerializer(StrictSerializer):
    """An event of this type, from this source, of this shape begins a run."""

    id = serializers.IntegerField(read_only=True)
    event_type = serializers.CharField(
        max_length=100, help_text="Such as task.completed, or signal.* for all of them."
    )
    source_agent = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="Empty: any."
    )
    filter = serializers.CharField(
        required=False, allow_blank=True,
        help_text="JMESPath over the whole event, such as payload.ticker == 'VCB'.",
    )  # fmt: skip
    min_interval_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=EventTrigger.MOST_SECONDS
    )
    active = serializers.BooleanField(required=False)
    fired_at = serializers.DateTimeField(read_only=True, allow_null=True)
    fired_count = serializers.IntegerField(read_only=True)
    refused_note = serializers.CharField(read_only=True)


@extend_schema(tags=["scheduled tasks"])
class EventTriggerViewSet(Tagged, viewsets.GenericViewSet[EventTrigger]):
    """The event triggers of one task that the user sees; to change them, one must own it."""

    queryset = EventTrigger.objects.none()
    serializer_class = EventTriggerSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()
    edited_by = (
        "event_type", "source_agent", "filter", "min_interval_seconds", "active",
    )  # fmt: skip

    def list(self, request: Request, pk: str) -> Response:
        """All triggers of the task, in their order."""
        rows = _task(request, pk).event_triggers.order_by("id")
        return Response(self.get_serializer(rows, many=True).data)

    def create(self, request: Request, pk: str) -> Response:
        """Let these events begin a run too."""
        trigger = EventTrigger(task=_task(request, pk))
        self._save(trigger, request, partial=False)
        return Response(self.get_serializer(trigger).data, status=201)

    def retrieve(self, request: Request, pk: str, number: int) -> Response:
        """One trigger."""
        return Response(self.get_serializer(self._one(request, pk, number)).data)

    def update(self, request: Request, pk: str, number: int) -> Response:
        """Change it."""
        return self._change(request, pk, number, partial=False)

    def partial_update(self, request: Request, pk: str, number: int) -> Response:
        """Change what is given."""
        return self._change(request, pk, number, partial=True)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str, number: int) -> Response:
        """Delete it; the runs that it began stay."""
        with transaction.atomic():
            trigger = self._locked(request, pk, number)
            services.delete_event_trigger(trigger, user=request.user)
        return Response(status=204)

    def _change(
        self, request: Request, pk: str, number: int, *, partial: bool
    ) -> Response:
        with transaction.atomic():
            trigger = self._locked(request, pk, number)
            self._save(trigger, request, partial=partial)
        return Response(self.get_serializer(trigger).data)

    def _save(self, trigger: EventTrigger, request: Request, *, partial: bool) -> None:
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        services.save_event_trigger(trigger, fields, user=request.user)

    def _locked(self, request: Request, pk: str, number: int) -> EventTrigger:
        """To change it. Its task is locked, as it is by all that changes its triggers."""
        _task(request, pk)
        get_object_or_404(ScheduledTask.objects.select_for_update().only("id"), pk=pk)
        trigger = self._one(request, pk, number)
        self.require_match(trigger)
        return trigger

    def _one(self, request: Request, pk: str, number: int) -> EventTrigger:
        rows: QuerySet[EventTrigger] = _task(request, pk).event_triggers.all()
        return get_object_or_404(rows, pk=number)


def _task(request: Request, pk: str) -> ScheduledTask:
    task = get_object_or_404(tasks_visible_to(request.user), pk=pk)
    if request.method not in SAFE_METHODS and not owns(request.user, task):
        raise PermissionDenied(OwnerOrReadOnly.message)
    return task

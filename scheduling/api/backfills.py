"""`/v2/admin/scheduled-tasks/{id}/backfills` and `/v2/admin/backfills/`: slots of the past, run later."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from pages.translation import translated
from scheduling import services
from scheduling.api.permissions import OwnerOrReadOnly, owns
from scheduling.backfill_progress import STATUSES, as_json, progress_of
from scheduling.ledger_words import zone_of
from scheduling.models import Backfill, ScheduledTask
from scheduling.moments import MomentError, read_moment
from scheduling.selectors import tasks_visible_to
from scheduling.services.backfills import (
    DEFAULT_PER_MINUTE,
    MAX_NOTE_CHARS,
    MAX_PER_MINUTE,
)
from signals.api.paging import NewestFirst
from signals.api.permissions import StaffNeedPermission
from signals.api.strict import StrictSerializer

_PLANNED = inline_serializer(
    "PlannedBackfill",
    {
        "slots": serializers.ListField(child=serializers.DateTimeField()),
        "left_out": serializers.IntegerField(),
        "lasts_seconds": serializers.FloatField(),
    },
)


class BackfillRequestSerializer(StrictSerializer):
    """A range of slots. Moments without an offset are in the task's zone."""

    from_at = serializers.CharField(
        help_text="The first moment of the range, such as 2026-11-17T07:00 or 2026-11-17."
    )
    until_at = serializers.CharField(
        help_text="The last one, included; a date is the whole day. Not in the future."
    )
    per_minute = serializers.IntegerField(
        default=DEFAULT_PER_MINUTE, min_value=1, max_value=MAX_PER_MINUTE
    )
    again = serializers.BooleanField(
        default=False, help_text="Also slots that have succeeded already."
    )
    note = serializers.CharField(
        default="", allow_blank=True, max_length=MAX_NOTE_CHARS
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Write nothing; answer 200 with what would run."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        zone, faults = zone_of(self.context["task"]), {}
        for name in ("from_at", "until_at"):
            try:
                attrs[name] = read_moment(attrs[name], zone, end=name == "until_at")
            except MomentError as error:
                faults[name] = [translated(error.sentence)]
        if faults:
            raise serializers.ValidationError(faults)
        return attrs


class BackfillSerializer(serializers.Serializer[Any]):
    """A backfill; `progress` counts its slots by status."""

    id = serializers.UUIDField()
    task_id = serializers.CharField()
    task_name = serializers.CharField()
    from_at = serializers.DateTimeField()
    until_at = serializers.DateTimeField()
    per_minute = serializers.IntegerField()
    again = serializers.BooleanField()
    note = serializers.CharField()
    made = serializers.IntegerField()
    left_out = serializers.IntegerField()
    progress = inline_serializer(
        "BackfillProgress",
        {status.value: serializers.IntegerField() for status in STATUSES},
    )
    is_over = serializers.BooleanField()
    ends_about = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)


class MayRunTasks(StaffNeedPermission):
    """Staff who may look at backfills; to make and cancel them, who may run tasks."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.method in SAFE_METHODS or not request.user.is_staff:
            return super().has_permission(request, view)
        needed = "scheduling.operate_scheduledtask"
        self.message = f"You need the permission {needed}."
        return request.user.has_perm(needed)


class _Backfills(viewsets.GenericViewSet[Backfill]):
    queryset = Backfill.objects.none()
    serializer_class = BackfillSerializer
    permission_classes = [IsAuthenticated, MayRunTasks]
    pagination_class = NewestFirst
    filter_backends = ()


@extend_schema(tags=["backfills"])
class TaskBackfillViewSet(_Backfills):
    """One task's backfills."""

    def list(self, request: Request, pk: str) -> Response:
        """The task's backfills with their progress, newest first."""
        page = self.paginate_queryset(_task(request, pk).backfills.all()) or []
        found = progress_of([backfill.id for backfill in page])
        return self.get_paginated_response(
            [as_json(backfill, found[backfill.id]) for backfill in page]
        )

    @extend_schema(
        request=BackfillRequestSerializer,
        responses={
            201: BackfillSerializer,
            200: OpenApiResponse(_PLANNED, "With `dry_run`: what would run."),
        },
    )
    def create(self, request: Request, pk: str) -> Response:
        """Run the open slots of a range; those that have run already are left out."""
        task = _task(request, pk)
        if not owns(request.user, task):
            raise PermissionDenied(OwnerOrReadOnly.message)
        asked = BackfillRequestSerializer(data=request.data, context={"task": task})
        asked.is_valid(raise_exception=True)
        fields = dict(asked.validated_data)
        dry_run, note = fields.pop("dry_run"), fields.pop("note")
        if dry_run:
            planned = services.plan_backfill(task, **fields)
            zone = zone_of(task)
            slots = [slot.astimezone(zone).isoformat() for slot in planned.slots]
            lasts = planned.lasts.total_seconds()
            return Response(
                {"slots": slots, "left_out": planned.left_out, "lasts_seconds": lasts}
            )
        backfill = services.create_backfill(
            task, **fields, note=note, user=request.user
        )
        root = request.path.split("scheduled-tasks/")[0]
        return Response(
            _shown(backfill),
            status=201,
            headers={"Location": f"{root}backfills/{backfill.id}/"},
        )


@extend_schema(tags=["backfills"])
class BackfillViewSet(_Backfills):
    """One backfill; those of deleted tasks are for staff."""

    def get_queryset(self) -> QuerySet[Backfill]:
        rows = Backfill.objects.select_related("task").defer("task__state")
        if self.request.user.is_staff:
            return rows
        return rows.filter(task__in=tasks_visible_to(self.request.user))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One backfill with its progress."""
        return Response(_shown(self.get_object()))

    @extend_schema(request=None, responses={202: BackfillSerializer})
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it: what waits at once, what runs within a heartbeat."""
        backfill = self.get_object()
        if not owns(request.user, backfill.task):
            raise PermissionDenied(OwnerOrReadOnly.message)
        done = services.cancel_backfill(backfill, user=request.user)
        return Response(_shown(done), status=202)


def _task(request: Request, pk: str) -> ScheduledTask:
    return get_object_or_404(tasks_visible_to(request.user), pk=pk)


def _shown(backfill: Backfill) -> dict[str, Any]:
    return as_json(backfill, progress_of([backfill.id])[backfill.id])

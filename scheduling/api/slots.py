"""`GET /v2/admin/scheduled-tasks/{id}/slots`: what became of a slot, or of all in a range."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from pages.translation import translated
from scheduling import ledger, ledger_words
from scheduling.api.permissions import owns
from scheduling.ledger import MAX_ANSWERS, Answer, Because, Kind
from scheduling.models import Run, ScheduledTask
from scheduling.moments import MomentError, read_moment
from scheduling.selectors import tasks_visible_to
from signals.api.paging import DEFAULT_LIMIT, whole_number
from signals.api.permissions import StaffNeedPermission

_DAY = timedelta(days=1)
_KINDS = ", ".join(kind.value for kind in Kind)
_REASONS = ", ".join(each.value for each in Because if each.value)


class SlotRunSerializer(serializers.Serializer[Any]):
    """A run of a slot, in short."""

    run_id = serializers.UUIDField()
    trigger = serializers.CharField()
    status = serializers.CharField()
    failure_reason = serializers.CharField()
    skip_reason = serializers.CharField()
    note = serializers.CharField()
    waits_for = serializers.CharField()
    caught_up = serializers.BooleanField()
    backfill_id = serializers.UUIDField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class SlotSerializer(serializers.Serializer[Any]):
    """What became of a slot. `words` say it in the language that the client accepts."""

    slot = serializers.DateTimeField()
    kind = serializers.CharField(help_text=f"One of {_KINDS}.")
    because = serializers.CharField(help_text=f"Where it needs one: {_REASONS}.")
    words = serializers.CharField()
    slots = serializers.IntegerField(
        help_text="Slots that this answer stands for: those skipped together are one."
    )
    first_slot = serializers.DateTimeField(allow_null=True)
    last_slot = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="When a slot to come is really due (spread)."
    )
    nearest = serializers.ListField(child=serializers.DateTimeField())
    runs = SlotRunSerializer(many=True, help_text="The scheduled one first.")


class SlotsSerializer(serializers.Serializer[Any]):
    """Answers, earliest first."""

    timezone = serializers.CharField(help_text="The zone of the times in here.")
    results = SlotSerializer(many=True)
    next_from = serializers.DateTimeField(
        allow_null=True, help_text="The `from` of what follows; null: that was all."
    )


def _parameter(name: str, text: str) -> OpenApiParameter:
    return OpenApiParameter(name, str, description=text)


@extend_schema(tags=["scheduled tasks"])
class TaskSlotViewSet(viewsets.GenericViewSet[Run]):
    """The ledger of one task."""

    queryset = Run.objects.none()
    serializer_class = SlotsSerializer
    permission_classes = [IsAuthenticated, StaffNeedPermission]
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        responses=SlotsSerializer,
        parameters=[
            _parameter("at", "One moment, such as 2026-11-17T07:00 (the task's zone)."),
            _parameter("from", "A range instead; without any, the last 24 hours."),
            _parameter("until", "Its end, included; a date is the whole day."),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MAX_ANSWERS}
            ),
        ],
    )
    def slots(self, request: Request, pk: str) -> Response:
        """What happened to the 07:00 of Tuesday: the slot at `at`, or those of a range."""
        task = get_object_or_404(
            tasks_visible_to(request.user).select_related("calendar", "paused_by"),
            pk=pk,
        )
        at = _moment(request, "at", task)
        limit = whole_number(
            request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_ANSWERS
        )
        if at is not None:
            answers = [ledger.what_happened(task, at)]
        else:
            answers = _range(request, task, limit + 1)
        following = answers[limit].slot if len(answers) > limit else None
        return Response(
            {
                "timezone": str(ledger_words.zone_of(task)),
                "results": [_shown(each, task, request.user) for each in answers[:limit]],
                "next_from": following and following.isoformat(),
            }
        )  # fmt: skip


def _range(request: Request, task: ScheduledTask, limit: int) -> list[Answer]:
    start = _moment(request, "from", task)
    until = _moment(request, "until", task)
    if until is None:
        until = timezone.now() if start is None else max(start + _DAY, timezone.now())
    start = start or until - _DAY
    if until < start:
        message = "Must not be before `from`."
        raise serializers.ValidationError({"until": [message]})
    return ledger.between(task, start, until, limit)


def _moment(request: Request, name: str, task: ScheduledTask) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return read_moment(text, ledger_words.zone_of(task), end=name == "until")
    except MomentError as error:
        raise serializers.ValidationError({name: [translated(error.sentence)]}) from error  # fmt: skip


def _shown(answer: Answer, task: ScheduledTask, user: Any) -> dict[str, Any]:
    """Those made for another target are not for a target to see."""
    seen = [
        run for run in answer.runs if owns(user, task) or run.user_id == str(user.pk)
    ]
    return ledger_words.as_json(answer, task, runs=seen)

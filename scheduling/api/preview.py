"""`POST /v2/admin/schedules/preview`: what a schedule would do, before anything is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling.api.fields import MomentField
from scheduling.api.schedule_json import ScheduleSerializer, in_api_words
from scheduling.models import ScheduledTask
from scheduling.outlook import MOST_ENTRIES, Line, Outlook, look_ahead
from scheduling.preview import Caution, Oddity
from scheduling.projection import COSTLY, Basis, in_json, project
from scheduling.schedule_fields import EPOCH, HORIZON
from scheduling.selectors import tasks_visible_to
from scheduling.wall_clock import ScheduleError, load_zone

DEFAULT_COUNT = 10


class PreviewSerializer(ScheduleSerializer):
    """A schedule, and how far to look ahead."""

    count = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ENTRIES, default=DEFAULT_COUNT,
        help_text="Slots that run; those of closed days come on top.",
    )  # fmt: skip
    after = MomentField(required=False, help_text="Default: now.")
    reader_timezone = serializers.CharField(required=False, max_length=64)
    task_id = serializers.CharField(
        required=False, max_length=100,
        help_text="The task that this is the schedule of: its age, spread and runs left count.",
    )  # fmt: skip

    def validate_reader_timezone(self, value: str) -> str:
        try:
            load_zone(value)
        except ScheduleError as error:
            raise serializers.ValidationError(str(error.at_the_field)) from error
        return value

    def validate_task_id(self, value: str) -> str:
        if not tasks_visible_to(self.context["request"].user).filter(id=value).exists():
            raise serializers.ValidationError(f"There is no task {value!r}.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        after = attrs.get("after")
        if isinstance(after, datetime) and after.tzinfo is None:
            attrs["after"] = after = after.replace(tzinfo=self._zone(attrs))
        if isinstance(after, datetime) and not EPOCH <= after < HORIZON:
            message = _("Expected a moment of the years 1970 to 8999.")
            raise serializers.ValidationError({"after": [message]})
        return attrs


class EntrySerializer(serializers.Serializer[Any]):
    """One slot. `why` says why it does not run, or what the clocks do to it."""

    slot = serializers.DateTimeField()
    due = serializers.DateTimeField()
    local = serializers.DateTimeField()
    reader_local = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    oddity = serializers.ChoiceField([each.value for each in Oddity], allow_null=True)
    why = serializers.CharField()


class WordsSerializer(serializers.Serializer[Any]):
    en = serializers.CharField()
    vi = serializers.CharField()


class OutlookSerializer(serializers.Serializer[Any]):
    """What the schedule would do."""

    words = WordsSerializer()
    entries = EntrySerializer(many=True)
    cautions = serializers.ListField(
        child=serializers.ChoiceField([each.value for each in Caution])
    )
    clock_change = serializers.DateTimeField(
        allow_null=True, help_text="When the clocks of its zone change next."
    )
    projected_monthly_cost = serializers.DecimalField(
        max_digits=18, decimal_places=8, normalize_output=True, allow_null=True,
        help_text="Of the next 30 days, in US dollars; null when nothing is known.",
    )  # fmt: skip
    basis = serializers.ChoiceField(
        [each.value for each in Basis],
        help_text="What that goes by: the latest runs of the task or its agent, or list prices.",
    )
    projected_runs = serializers.IntegerField(help_text="Slots of the next 30 days.")
    exceeds_month_limit = serializers.BooleanField()


class PreviewView(APIView):
    """For everybody who is signed in; nothing is saved."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        tags=["scheduled tasks"],
        operation_id="preview_schedule",
        request=PreviewSerializer,
        responses={200: OutlookSerializer},
    )
    def post(self, request: Request) -> Response:
        """Say a schedule in words and give its next times, in its zone and in the reader's."""
        body = PreviewSerializer(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        count = fields.pop("count")
        after = fields.pop("after", None) or timezone.now()
        zone = fields.pop("reader_timezone", None)
        reader = load_zone(zone) if zone else timezone.get_current_timezone()
        task = _task(fields)
        if errors := task.timing_errors():
            raise in_api_words(ValidationError(errors))
        shown = _shown(look_ahead(task, count, after, reader))
        return Response(shown | in_json(project(task, timezone.now())))


def _task(fields: dict[str, Any]) -> ScheduledTask:
    """The task that is never saved: the stored one with these fields, or a new one."""
    stored = ScheduledTask.objects.filter(id=fields.pop("task_id", "")).first()
    task = ScheduledTask()
    if stored is not None:
        task = ScheduledTask(
            id=stored.id,
            created_at=stored.created_at,
            scheduled_runs=stored.scheduled_runs,
            **{name: getattr(stored, name) for name in COSTLY},
        )
    for name, value in fields.items():
        setattr(task, name, value)
    return task


def _shown(outlook: Outlook) -> dict[str, Any]:
    change = outlook.preview.clock_change
    return {
        "words": {language: outlook.words(language) for language in ("en", "vi")},
        "entries": [_entry(line) for line in outlook.lines],
        "cautions": list(outlook.preview.cautions),
        "clock_change": _text(change.astimezone(UTC)) if change else None,
    }


def _entry(line: Line) -> dict[str, Any]:
    return {
        "slot": _text(line.slot),
        "due": _text(line.due),
        "local": _text(line.local),
        "reader_local": _text(line.reader_local),
        "is_open": line.is_open,
        "oddity": line.oddity,
        "why": line.why,
    }


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

"""The schedule of a task as JSON: what a task and a preview have in common."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scheduling.api.fields import (
    ClockField,
    DayOfMonthField,
    DayOfWeekField,
    DaysField,
    MomentField,
    MonthDayField,
    WeekdayField,
)
from scheduling.models import Calendar, ScheduledTask
from scheduling.models.defaults import default_timezone
from scheduling.models.timing import MAX_EXCLUDED, MAX_RUNS
from scheduling.schedule import ScheduleError
from scheduling.schedule_fields import MAX_JITTER_SECONDS
from scheduling.wall_clock import load_zone
from signals.api.strict import StrictSerializer

MAX_INT = 2_147_483_647
_MOMENTS = ("run_at", "start_at", "end_at")


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[str, Any, str, str]):
    """A date, as its column holds it: `2027-01-31`."""

    def to_internal_value(self, data: Any) -> str:
        try:
            if isinstance(data, str) and len(data) == len("2027-01-31"):
                return date.fromisoformat(data).isoformat()
        except ValueError:
            pass
        message = f"{str(data)[:40]!r} is no date: write it as 2027-01-31."
        raise serializers.ValidationError(message)

    def to_representation(self, value: str) -> str:
        return value


class ScheduleSerializer(StrictSerializer):
    """When a task is due: every one of `ScheduledTask.SCHEDULE_FIELDS`."""

    schedule_type = serializers.ChoiceField(ScheduledTask.Type.choices)
    schedule_time = ClockField(required=False, allow_null=True)
    weekdays = DaysField(
        child=WeekdayField(), required=False, help_text="1=Mon … 7=Sun"
    )
    day_of_week = DayOfWeekField()
    month_days = DaysField(child=MonthDayField(), required=False)
    day_of_month = DayOfMonthField()
    cron_expression = serializers.CharField(
        required=False, allow_blank=True, max_length=200
    )
    cron_seconds = serializers.BooleanField(
        required=False, help_text="The cron line has six fields, seconds first."
    )
    interval_seconds = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_INT
    )
    run_at = MomentField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, max_length=64)
    start_at = MomentField(required=False, allow_null=True)
    end_at = MomentField(required=False, allow_null=True)
    max_runs = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=MAX_RUNS,
        help_text="Runs that the schedule starts; then the task is finished.",
    )  # fmt: skip
    first_run = serializers.ChoiceField(ScheduledTask.FirstRun.choices, required=False)
    jitter_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_JITTER_SECONDS,
        help_text="Each slot is put off by up to this long, always the same for it.",
    )  # fmt: skip
    calendar_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    excluded_dates = DaysField(
        child=DayField(), required=False, max_length=MAX_EXCLUDED
    )
    on_closed_day = serializers.ChoiceField(
        ScheduledTask.OnClosedDay.choices, required=False
    )

    def validate_calendar_id(self, value: str | None) -> str | None:
        calendars = Calendar.objects
        if value is None or calendars.filter(id=value).exists():
            return value
        known = ", ".join(calendars.values_list("id", flat=True)[:20])
        message = f"There is no calendar {value!r}; there are: {known or '–'}."
        raise serializers.ValidationError(message)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self._refuse_two_answers("day_of_week", "weekdays", attrs)
        self._refuse_two_answers("day_of_month", "month_days", attrs)
        self._add_zone(attrs)
        return attrs

    def _refuse_two_answers(self, one: str, many: str, attrs: dict[str, Any]) -> None:
        """What was read holds both spellings and may be sent back; they must agree."""
        data: Any = self.initial_data
        if data.get(one) is None or many not in data:
            return
        spelled: Any = self.fields[one].run_validation(data[one])
        if spelled[many] != self.fields[many].run_validation(data[many]):
            message = f"Says something else than {many}: give one of the two."
            raise serializers.ValidationError({one: [message]})
        attrs |= spelled

    def _add_zone(self, attrs: dict[str, Any]) -> None:
        naive = [
            name
            for name in _MOMENTS
            if isinstance(attrs.get(name), datetime) and attrs[name].tzinfo is None
        ]
        if naive:
            zone = self._zone(attrs)
            attrs |= {name: attrs[name].replace(tzinfo=zone) for name in naive}

    def _zone(self, attrs: dict[str, Any]) -> ZoneInfo:
        kept = self.instance.timezone if self.instance else default_timezone()
        try:
            return load_zone(attrs.get("timezone", kept))
        except ScheduleError as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from error


def in_api_words(error: ValidationError) -> ValidationError:
    """Return `error` with what is said of a column under the name of its field."""
    if "calendar" not in getattr(error, "error_dict", {}):
        return error
    found = error.message_dict
    return ValidationError(
        {("calendar_id" if name == "calendar" else name): said for name, said in found.items()}
    )  # fmt: skip

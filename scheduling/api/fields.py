"""Fields of a task's JSON that differ from its columns (CONTRACTS A0)."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField, empty

from scheduling.models import ScheduledTask
from scheduling.models.bounds import TOO_LITTLE
from scheduling.schedule import ScheduleError, parse_time
from scheduling.tags import MAX_CHARS, MAX_TAGS


@extend_schema_field(
    {
        "type": "string",
        "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$",
        "example": "07:00",
    }
)
class ClockField(serializers.Field[time, Any, str, time]):
    """A local time of day, `HH:MM`; with seconds when there are some."""

    def to_internal_value(self, data: Any) -> time:
        try:
            return parse_time(data)
        except ScheduleError as error:
            raise serializers.ValidationError(str(error.at_the_field)) from error

    def to_representation(self, value: time) -> str:
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")


class _OtherSpelling(serializers.Field[Any, Any, Any, ScheduledTask]):
    """A second spelling of a column; null and absent both leave the column alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(source="*", required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        if data is None or data is empty:
            raise SkipField
        return super().run_validation(data)

    def whole_number(self, data: Any, least: int, most: int, advice: str) -> int:
        """Return `data` as an int. Raises `ValidationError` with the advice."""
        is_whole = isinstance(data, int) and not isinstance(data, bool)
        if not is_whole or not least <= data <= most:
            raise serializers.ValidationError(
                f"{str(data)[:40]!r} is not one: {advice}"
            )
        return int(data)


@extend_schema_field(
    {
        "type": "integer",
        "minimum": 0,
        "maximum": 6,
        "nullable": True,
        "description": "0=Sunday, 1=Monday … 6=Saturday. Null when there are several days "
        "or none: see `weekdays`.",
    }
)
class DayOfWeekField(_OtherSpelling):
    """The one day of a weekly task, numbered 0=Sunday to 6=Saturday."""

    def to_internal_value(self, data: Any) -> dict[str, list[int]]:
        advice = "0=Sunday, 1=Monday, 2=Tuesday … 6=Saturday."
        return {"weekdays": [self.whole_number(data, 0, 6, advice) or 7]}

    def to_representation(self, value: ScheduledTask) -> int | None:
        days = _days(value.weekdays)
        single = value.schedule_type == "weekly" and len(days) == 1
        return days[0] % 7 if single and isinstance(days[0], int) else None


@extend_schema_field(
    {
        "type": "integer",
        "minimum": 1,
        "maximum": 31,
        "nullable": True,
        "description": "Null when there are several or none: see `month_days`.",
    }
)
class DayOfMonthField(_OtherSpelling):
    """The one date of a monthly task."""

    def to_internal_value(self, data: Any) -> dict[str, list[int]]:
        return {"month_days": [self.whole_number(data, 1, 31, "give 1 to 31.")]}

    def to_representation(self, value: ScheduledTask) -> int | None:
        days = _days(value.month_days)
        single = value.schedule_type == "monthly" and len(days) == 1
        return days[0] if single and isinstance(days[0], int) else None


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "minLength": 1, "maxLength": MAX_CHARS},
        "maxItems": MAX_TAGS,
    }
)
class TagsField(serializers.ListField):
    """The names of a task's tags, which `scheduling.tags` judges."""

    child = serializers.CharField(allow_blank=True)

    def to_representation(self, data: Any) -> list[str]:
        return [tag.name for tag in data.all()]


_KEY = {"minimum": 1, "maximum": 2_147_483_647}


@extend_schema_field({"type": "array", "items": {"type": "integer", **_KEY}})
class SharedWebhooksField(serializers.ListField):
    """The ids of the address book's webhooks that a task reports to, each once."""

    child = serializers.IntegerField(
        min_value=_KEY["minimum"], max_value=_KEY["maximum"]
    )

    def to_representation(self, data: Any) -> list[int]:
        return sorted(webhook.pk for webhook in data.all())


class DaysField(serializers.ListField):
    """A list of days; a row that holds something else is shown as having none."""

    def to_representation(self, data: Any) -> list[Any]:
        return list(_days(data))


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 7})
class WeekdayField(serializers.IntegerField):
    """A day of the week, which the schedule judges."""


@extend_schema_field(
    {"oneOf": [{"type": "integer", "minimum": 1, "maximum": 31}, {"enum": ["last"]}]}
)
class MonthDayField(serializers.Field[Any, Any, Any, Any]):
    """A date of a month, or `last`."""

    def to_internal_value(self, data: Any) -> int | str:
        if data == "last":
            return "last"
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        message = f'{str(data)[:40]!r} is no date of a month: give 1 to 31, or "last".'
        raise serializers.ValidationError(message)

    def to_representation(self, value: Any) -> Any:
        return value


class MomentField(serializers.DateTimeField):
    """An instant. Without an offset it is meant in the task's zone, which the task adds."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return value if value.tzinfo is None else super().enforce_timezone(value)


class CostField(serializers.DecimalField):
    """A limit in US dollars; null: none."""

    def __init__(self, **kwargs: Any) -> None:
        fixed: dict[str, Any] = {
            "max_digits": 14, "decimal_places": 8, "min_value": Decimal("0.00000001"), "normalize_output": True,
            "required": False, "allow_null": True, "help_text": "US dollars; null: no limit.",
            "error_messages": TOO_LITTLE,
        }  # fmt: skip
        super().__init__(**(fixed | kwargs))


class CountField(serializers.IntegerField):
    """A limit in whole numbers; null: none."""

    def __init__(self, **kwargs: Any) -> None:
        fixed: dict[str, Any] = {
            "min_value": 1, "max_value": 2_147_483_647, "required": False, "allow_null": True,
            "help_text": "Null: no limit.",
        }  # fmt: skip
        super().__init__(**(fixed | kwargs))


def _days(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []

"""The single fields of a schedule: reading and checking them.

PURE. Every refusal is a ScheduleError that names the field as the task model does.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from enum import StrEnum

from pages.sentence import Sentence
from scheduling.wall_clock import ScheduleError

LAST_DAY = "last"
MAX_JITTER_SECONDS = 24 * 3600
MAX_INTERVAL_SECONDS = 100 * 366 * 24 * 3600

#: Slots exist after the first and up to the second of these moments.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON = datetime(9000, 1, 1, tzinfo=UTC)

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


class ScheduleType(StrEnum):
    """How a schedule names its slots."""

    ONCE = "once"
    INTERVAL = "interval"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"
    NONE = "none"
    """No slots of its own: run by hand, by the API or after other tasks."""


def parse_time(text: object) -> time:
    """Read a time of day: `7:05`, `07:05` or `07:05:30`, 24 hours.

    Raises ScheduleError (field schedule_time).
    """
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        advice = Sentence("expected HH:MM or HH:MM:SS, such as 07:05")
        raise ScheduleError("schedule_time", text, advice)
    hour, minute, second = (int(part or 0) for part in match.groups())
    if hour > 23 or minute > 59 or second > 59:
        advice = Sentence("expected hours 0-23, minutes and seconds 0-59")
        raise ScheduleError("schedule_time", text, advice)
    return time(hour, minute, second)


def require_aware(name: str, value: datetime | None) -> None:
    if value is not None and value.utcoffset() is None:
        raise ValueError(f"{name} {value} has no time zone; expected an aware datetime")


def check_moment(field: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, datetime) or value.utcoffset() is None:
        advice = Sentence("expected a datetime with a time zone")
        raise ScheduleError(field, value, advice)
    if not EPOCH < value < HORIZON:
        advice = Sentence("expected a year from 1970 to 8999")
        raise ScheduleError(field, value, advice)


def check_interval(seconds: object) -> None:
    if not _is_number(seconds, MAX_INTERVAL_SECONDS):
        advice = Sentence(
            "expected whole seconds from 1 to %(most)d", most=MAX_INTERVAL_SECONDS
        )
        raise ScheduleError("interval_seconds", seconds, advice)


def check_jitter(seconds: object) -> None:
    if seconds != 0 and not _is_number(seconds, MAX_JITTER_SECONDS):
        advice = Sentence(
            "expected whole seconds from 0 to %(most)d", most=MAX_JITTER_SECONDS
        )
        raise ScheduleError("jitter_seconds", seconds, advice)


def check_time(value: object) -> None:
    if not isinstance(value, time) or value.tzinfo or value.microsecond:
        advice = Sentence("expected a local time of day such as 07:05, to the second")
        raise ScheduleError("schedule_time", value, advice)


def check_weekdays(weekdays: tuple[int, ...]) -> None:
    if not weekdays or not all(_is_number(day, 7) for day in weekdays):
        advice = Sentence("expected one or more of 1 (Monday) to 7 (Sunday)")
        raise ScheduleError("weekdays", weekdays, advice)


def check_month_days(days: tuple[int | str, ...]) -> None:
    if not days or not all(day == LAST_DAY or _is_number(day, 31) for day in days):
        advice = Sentence("expected one or more of 1 to 31 and 'last'")
        raise ScheduleError("month_days", days, advice)


def _is_number(value: object, highest: int) -> bool:
    return type(value) is int and 1 <= value <= highest

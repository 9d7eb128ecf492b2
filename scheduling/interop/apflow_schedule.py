"""PURE: the schedules of APFlow (CONTRACTS A2), in and out, with its own words for what is wrong.

Weekdays are 1=Monday to 7=Sunday there as here. Everything is in UTC there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from scheduling.interop.cron_lines import croniter
from scheduling.schedule_fields import check_interval, check_moment
from scheduling.wall_clock import ScheduleError

TYPES = ("once", "interval", "cron", "daily", "weekly", "monthly")
ZONE = "UTC"
_MAX_CHARS = 200

_TIME = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DAYS = re.compile(r"([\d,]+)\s+(\d{1,2}):(\d{2})", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DAY_RANGES = {
    "weekly": (7, "day", "1-7 (1=Mon, 7=Sun)"),
    "monthly": (31, "date", "1-31"),
}
_EXAMPLES = {"weekly": "'days HH:MM' (e.g., '1,3,5 09:00')", "monthly": "'dates HH:MM' (e.g., '1,15 09:00')"}  # fmt: skip


def parse(schedule_type: str, expression: str) -> dict[str, Any]:
    """Return the columns of a task. Raises `ValueError` in APFlow's words."""
    if schedule_type not in _READERS:
        raise ValueError(f"Unknown schedule type: {schedule_type[:_MAX_CHARS]}")
    columns = _READERS[schedule_type](expression.strip()[: _MAX_CHARS + 1])
    return {"schedule_type": schedule_type, **columns}


def is_naive(expression: str) -> bool:
    """Whether the moment of a `once` has no offset, which is UTC then."""
    return datetime.fromisoformat(expression.strip()).tzinfo is None


def words(task: Any) -> tuple[str, str]:
    """Return (schedule_type, schedule_expression) of the columns of a task.

    Raises `ValueError` for what APFlow has no expression for.
    """
    kind = str(task.schedule_type)
    if kind not in TYPES:
        raise ValueError(f"APFlow has no schedule of the type {kind}.")
    if kind == "cron":
        if task.cron_seconds:
            raise ValueError("APFlow's cron lines have five fields, this one has six.")
        return kind, task.cron_expression
    if kind == "once":
        return kind, task.run_at.astimezone(UTC).isoformat()
    return kind, str(task.interval_seconds) if kind == "interval" else _clock(task)


def _clock(task: Any) -> str:
    if task.schedule_time.second:
        raise ValueError("APFlow knows no seconds.")
    if task.schedule_type == "monthly" and "last" in task.month_days:
        raise ValueError("APFlow cannot say the last day of a month.")
    time = f"{task.schedule_time:%H:%M}"
    if task.schedule_type == "daily":
        return time
    days = task.weekdays if task.schedule_type == "weekly" else task.month_days
    return f"{','.join(str(day) for day in days)} {time}"


def _once(text: str) -> dict[str, Any]:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
        check_moment("run_at", moment)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"Invalid 'once' expression: {text}. Expected ISO datetime.") from error  # fmt: skip
    return {"run_at": moment.isoformat()}


def _interval(text: str) -> dict[str, Any]:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"Invalid 'interval' expression: {text}. Expected integer seconds.")  # fmt: skip
    seconds = int(text)
    if seconds <= 0:
        raise ValueError(f"Interval must be positive: {seconds}")
    check_interval(seconds)
    return {"interval_seconds": seconds}


def _cron(text: str) -> dict[str, Any]:
    try:
        return croniter(text)
    except ScheduleError as error:
        raise ValueError(f"Invalid cron expression: {text}. Error: {error.advice}") from error  # fmt: skip


def _daily(text: str) -> dict[str, Any]:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"Invalid 'daily' expression: {text}. Expected HH:MM format.")
    return {"schedule_time": _time("daily", *match.groups())}


def _weekly(text: str) -> dict[str, Any]:
    days, time = _days_and_time("weekly", text)
    return {"weekdays": days, "schedule_time": time}


def _monthly(text: str) -> dict[str, Any]:
    days, time = _days_and_time("monthly", text)
    return {"month_days": days, "schedule_time": time}


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "once": _once,
    "interval": _interval,
    "cron": _cron,
    "daily": _daily,
    "weekly": _weekly,
    "monthly": _monthly,
}


def _days_and_time(kind: str, text: str) -> tuple[list[int], str]:
    match = _DAYS.fullmatch(text)
    if match is None:
        raise ValueError(f"Invalid '{kind}' expression: {text}. Expected format: {_EXAMPLES[kind]}")  # fmt: skip
    most, word, advice = _DAY_RANGES[kind]
    days = []
    for day in filter(None, match[1].split(",")):
        if not 1 <= int(day) <= most:
            raise ValueError(f"Invalid {word} in '{kind}' expression: {day}. Expected {advice}.")  # fmt: skip
        days.append(int(day))
    if not days:
        raise ValueError(f"Invalid '{kind}' expression: {text}. Expected format: {_EXAMPLES[kind]}")  # fmt: skip
    return sorted(set(days)), _time(kind, match[2], match[3])


def _time(kind: str, hour: str, minute: str) -> str:
    for name, value, most in (("hour", hour, 23), ("minute", minute, 59)):
        if int(value) > most:
            raise ValueError(f"Invalid {name} in '{kind}' expression: {value}. Expected 0-{most}.")  # fmt: skip
    return f"{int(hour):02}:{minute}"

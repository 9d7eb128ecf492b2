"""PURE: the schedules of the RQ scheduler (CONTRACTS A1), in and out.

There a schedule is a cron line of five fields in UTC, or an interval such as `15 minutes`. Of an
interval the beginning counts: `1 hour 30 minutes` is one hour.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Protocol

from scheduling.interop.cron_lines import croniter
from scheduling.schedule_fields import check_interval

CRON, INTERVAL = "cron", "interval"
TYPES = (CRON, INTERVAL)
ZONE = "UTC"

_SECONDS = {
    "week": 604_800,
    "day": 86_400,
    "hour": 3600,
    "minute": 60,
    "second": 1,
}
_INTERVAL = re.compile(
    r"(?P<count>\d{1,12})\s*(?P<unit>second|minute|hour|day|week)s?",
    re.ASCII | re.IGNORECASE,
)
_MAX_ID = 100


class Timed(Protocol):
    """The columns of a task that say when it runs."""

    schedule_type: str
    schedule_time: Any
    weekdays: Any
    month_days: Any
    cron_expression: str
    interval_seconds: int | None
    run_at: Any


def parse(schedule: str, task_type: str) -> dict[str, Any]:
    """Return the columns of a task. Raises `ValueError` naming what is wrong and what is right."""
    if task_type == CRON:
        return croniter(schedule)
    if task_type == INTERVAL:
        return {"schedule_type": "interval", "interval_seconds": _interval(schedule)}
    raise ValueError(
        f"{task_type!r:.80} is no type of schedule: give cron or interval."
    )


def is_interval(schedule: str) -> bool:
    """Whether it begins as an interval does."""
    return _INTERVAL.match(schedule.strip()) is not None


def unread(schedule: str) -> str:
    """Return what of an interval does not count: all that follows its first unit."""
    match = _INTERVAL.match(schedule)
    return schedule[match.end() :].strip() if match else ""


def words(task: Timed) -> tuple[str, str]:
    """Return (schedule, type) as the RQ scheduler writes them.

    Whatever has a pattern is a cron line. One without slots, or with a single one, has a
    type that the RQ scheduler does not know.
    """
    kind = task.schedule_type
    if kind == "interval":
        return _in_units(task.interval_seconds or 0), INTERVAL
    if kind == "once":
        return task.run_at.isoformat() if task.run_at else "", kind
    if kind in ("daily", "weekly", "monthly"):
        return _line(task), CRON
    return (task.cron_expression, CRON) if kind == "cron" else ("", kind)


def agent_id(function: str) -> str:
    """Return the id of the agent that calls `module.path:callable`; another one for each."""
    slug = function.replace(":", "--").replace(".", "-")
    if len(slug) <= _MAX_ID and re.fullmatch(r"[-\w]+", slug, re.ASCII):
        return slug
    digest = hashlib.sha256(function.encode()).hexdigest()[:12]
    return f"{re.sub(r'[^-0-9A-Za-z_]', '', slug)[: _MAX_ID - 13]}-{digest}"


def _interval(text: str) -> int:
    match = _INTERVAL.match(text)
    if match is None:
        raise ValueError(
            f"{text!r:.80} is no interval: expected a number and second, minute, hour, day"
            " or week, such as '15 minutes'."
        )
    seconds = int(match["count"]) * _SECONDS[match["unit"].lower()]
    check_interval(seconds)
    return seconds


def _in_units(seconds: int) -> str:
    unit = next((name for name, each in _SECONDS.items() if seconds % each == 0), "second")  # fmt: skip
    count = seconds // _SECONDS[unit]
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _line(task: Timed) -> str:
    at = task.schedule_time
    days = ",".join(_cron_day(each) for each in task.month_days or ["*"])
    weekdays = ",".join(str(each % 7) for each in task.weekdays or [])
    monthly, weekly = task.schedule_type == "monthly", task.schedule_type == "weekly"
    return f"{at.minute} {at.hour} {days if monthly else '*'} * {weekdays if weekly else '*'}"


def _cron_day(day: object) -> str:
    return "L" if day == "last" else str(day)

"""Reads calendars back as a calendar program does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from scheduling.interop.ical import export_ical
from scheduling.models import ScheduledTask
from scheduling.schedule import Schedule
from scheduling.wall_clock import SECOND

NOW = datetime(2026, 1, 1, tzinfo=UTC)
A_YEAR_LATER = datetime(2027, 1, 1, tzinfo=UTC)


def a_task(**fields: Any) -> ScheduledTask:
    """A task that no database knows, unchanged since long ago."""
    long_ago = datetime(2025, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)
    fields = {
        "id": "report",
        "name": "Report",
        "created_at": long_ago,
        "updated_at": long_ago,
    } | fields
    task = ScheduledTask(**fields)
    task._prefetched_objects_cache = {"tags": []}  # type: ignore[attr-defined]
    return task


def read(text: str) -> Any:
    """A calendar as a program reads it."""
    return recurring_ical_events.of(Calendar.from_ical(text))


def starts(calendar: Any, begin: datetime = NOW, end: datetime = A_YEAR_LATER) -> list[datetime]:  # fmt: skip
    """When its events begin that do so from `begin` until before `end`, in UTC and in order."""
    found = (
        event["DTSTART"].dt.astimezone(UTC) for event in calendar.between(begin, end)
    )
    return sorted(start for start in found if begin <= start < end)


def firing(schedule: Schedule, begin: datetime, end: datetime) -> list[datetime]:
    """The slots of the engine that fire, to the second, from `begin` until before `end`."""
    return [
        slot.replace(microsecond=0)
        for slot in schedule.between(begin - SECOND, end - SECOND)
        if schedule.is_open(slot)
    ]


def one_event(task: ScheduledTask, **options: Any) -> Any:
    (event,) = Calendar.from_ical(export_ical([task], now=NOW, **options)).events
    return event

"""Tasks as an iCalendar file (RFC 5545): each is one series of events.

Neither prompts nor inputs nor outputs are in it: a calendar is shown on the screens of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event, vText

from scheduling.interop.ical.recurrence import Recurrence, recurrence
from scheduling.interop.ical.zones import timezone_component
from scheduling.models import Calendar as OpenCalendar
from scheduling.models import ScheduledTask
from scheduling.schedule import Schedule, ScheduleError

NAME = "Backbeat Tasks"
#: Most tasks in one calendar; it says when there are more.
MOST_TASKS = 1_000
#: When so many slots had to be looked at one by one, it takes no more tasks.
MOST_SLOTS = 50_000
_LENGTH = timedelta(minutes=30)
_MOMENT = timedelta(microseconds=1)
_UNREAD = ("input_message", "system_prompt_override", "state", "agent_options")
#: What programs take for the end of a line, or do not take at all.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_WITHOUT_ZONE = ("UTC", "Etc/UTC")

Series = tuple[ScheduledTask, Schedule, Recurrence]


def export_ical(
    tasks: Iterable[ScheduledTask],
    calendar_name: str = NAME,
    base_url: str = "",
    now: datetime | None = None,
) -> str:
    """Return `tasks` as an iCalendar file.

    With `base_url` (`https://backbeat.example`) every event leads to its task's page. The same
    tasks give the same text all day (UTC), until one of them changes.
    """
    now = now or timezone.now()
    all_series, is_cut = _all_series(tasks_of_calendar(tasks), now)
    calendar = _calendar(calendar_name, told=len(all_series) if is_cut else None)
    for component in _zones(all_series):
        calendar.add_component(component)
    for task, schedule, found in all_series:
        calendar.add_component(_event(task, schedule, found, base_url))
    return str(calendar.to_ical(sorted=False), "utf-8")


def tasks_of_calendar(tasks: Iterable[ScheduledTask]) -> list[ScheduledTask]:
    """Read what a calendar tells of `tasks`, and of no more than one too many. Three queries."""
    if not isinstance(tasks, QuerySet):
        return list(tasks)
    calendars = Prefetch("calendar", OpenCalendar.objects.defer("file"))
    rows = tasks.defer(*_UNREAD).prefetch_related("tags", calendars)
    return list(rows[: MOST_TASKS + 1])


def etag_of(rows: Sequence[ScheduledTask], *settled: str, now: datetime) -> str:
    """Return what changes when the file of `rows` does, without making it.

    `settled` is what else it is made of: its name, the base of its addresses.
    """
    told = [(*settled, now.astimezone(UTC).date(), len(rows))]
    told += [_state(task) for task in rows[:MOST_TASKS]]
    return f'"{sha256(repr(told).encode()).hexdigest()[:32]}"'


def _state(task: ScheduledTask) -> tuple[Any, ...]:
    tags = [tag.name for tag in task.tags.all()]
    runs = (task.next_slot, task.scheduled_runs) if task.max_runs else ()
    days = task.calendar and task.calendar.updated_at
    return task.id, task.version, task.updated_at, task.active, tags, runs, days


def _all_series(
    rows: Sequence[ScheduledTask], now: datetime
) -> tuple[list[Series], bool]:
    """What `rows` come to, and whether that is not all of it."""
    told: list[Series] = []
    looked_at = 0
    for task in rows[:MOST_TASKS]:
        if looked_at > MOST_SLOTS:
            return told, True
        schedule = _schedule(task)
        found = _slots(task, schedule, now) if schedule else None
        if schedule and found:
            told.append((task, schedule, found))
            looked_at += found.looked_at
    return told, len(rows) > MOST_TASKS


def _schedule(task: ScheduledTask) -> Schedule | None:
    try:
        return task.schedule
    except ScheduleError:
        return None  # its page says so; the others' slots are still right


def _slots(task: ScheduledTask, schedule: Schedule, now: datetime) -> Recurrence | None:
    """The slots from today on, since it is what it is; with a limit, those yet to come."""
    begin = max(datetime.combine(now.astimezone(UTC), time(), UTC), task.updated_at)
    if task.max_runs is None:
        return recurrence(schedule, begin - _MOMENT)
    remaining = max(task.max_runs - task.scheduled_runs, 0)
    return recurrence(schedule, (task.next_slot or begin) - _MOMENT, remaining)


def _calendar(name: str, *, told: int | None) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Backbeat//Scheduled Tasks//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _text(name))
    if told is not None:
        note = f"There are more tasks than these {told}: filter them by type."
        calendar.add("x-wr-caldesc", vText(note))
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _zones(all_series: Iterable[Series]) -> list[Any]:
    """What the clocks do in each zone that an event names."""
    years: dict[ZoneInfo, list[int]] = {}
    for _, _, found in all_series:
        if found.zone.key not in _WITHOUT_ZONE:
            years.setdefault(found.zone, []).append(found.start.year)
    return [
        timezone_component(zone, min(starts), max(starts))
        for zone, starts in sorted(years.items(), key=lambda each: each[0].key)
    ]


def _event(
    task: ScheduledTask, schedule: Schedule, found: Recurrence, base_url: str
) -> Event:
    length = timedelta(seconds=task.expected_seconds) if task.expected_seconds else _LENGTH  # fmt: skip
    event = Event()
    event.add("uid", f"{task.id}@tasks.backbeat")
    event.add("sequence", task.version)
    event.add("dtstamp", task.updated_at.astimezone(UTC))
    event.add("created", task.created_at.astimezone(UTC))
    event.add("last-modified", task.updated_at.astimezone(UTC))
    event.add("dtstart", _local(found.start, found.zone))
    event.add("dtend", _local(found.start + length, found.zone))
    if found.rule:
        event.add("rrule", found.rule)
    if found.left_out:
        walls = (wall.replace(tzinfo=found.zone) for wall in found.left_out)
        event.add("exdate", [_plain(wall) for wall in walls])
    if found.added:
        event.add("rdate", found.added)
    event.add("summary", _text(task.name))
    event.add("description", _description(task, schedule, found))
    if base_url:
        page = reverse("admin:scheduling_scheduledtask_change", args=[quote(task.id)])
        event.add("url", f"{base_url.rstrip('/')}{page}")
    tags = sorted(_text(tag.name) for tag in task.tags.all())
    event.add("categories", ["Backbeat", task.schedule_type.upper(), *tags])
    event.add("status", "CONFIRMED" if task.active else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("x-backbeat-task-id", task.id)
    event.add("x-backbeat-schedule-type", task.schedule_type)
    return event


def _description(task: ScheduledTask, schedule: Schedule, found: Recurrence) -> str:
    words = schedule.describe()
    lines = [_text(words[:1].upper() + words[1:]), f"Task: {task.id}"]
    if not task.active:
        lines.append("Paused: it does not run now.")
    if found.told_until:
        lines.append(f"Later than {found.told_until:%Y-%m-%d} it goes on; look again then.")  # fmt: skip
    return "\n".join(lines)


def _text(text: str) -> vText:
    return vText(_CONTROL.sub(" ", text))


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    """`instant` on the clock of `zone`; where that shows it for the second time, in UTC."""
    local = instant.astimezone(zone)
    return instant.astimezone(UTC) if local.fold else _plain(local)


def _plain(local: datetime) -> datetime:
    """Without the name of a zone that needs none."""
    zone = local.tzinfo
    is_utc = isinstance(zone, ZoneInfo) and zone.key in _WITHOUT_ZONE
    return local.replace(tzinfo=UTC) if is_utc else local

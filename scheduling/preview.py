"""What a schedule is about to do, before anything is saved. PURE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

from scheduling.schedule import Schedule, ScheduleType
from scheduling.wall_clock import SECOND, next_change, offset_at, resolve, wall_time

#: Every zone that changes its clocks does so within a year.
_YEAR = timedelta(days=366)
_NOTHING = timedelta()

#: Where clocks change, they do it in these hours.
_CHANGING_HOURS = frozenset(range(4))
_DATES, _WEEKDAYS = frozenset(range(1, 32)), frozenset(range(7))


class Caution(StrEnum):
    """What people often do not mean when they write such a schedule."""

    EITHER_DAY = "either_day"
    """Cron: day of month and day of week are both set, and either of them matches."""

    CLOCK_CHANGE = "clock_change"
    """It is due in the hours that a change of the clocks leaves out or repeats."""

    FIRST_OF_TWO = "first_of_two"
    """Its one moment is on the clock twice that day, and this is the first time."""

    SECOND_OF_TWO = "second_of_two"
    """The same, and this is the second time."""


class Oddity(StrEnum):
    """What a change of the clocks does to one slot."""

    GAP = "gap"
    """Its time does not exist that day; it fires at the end of the gap."""

    FIRST_OF_TWO = "first_of_two"
    """Its time is on the clock twice that day; it fires the first time only."""

    SECOND_PASS = "second_pass"  # noqa: S105  no password
    """Its time is on the clock for the second time, and it follows the clock."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One slot (UTC): whether it fires, and then when it is really due (jitter)."""

    slot: datetime
    due: datetime
    is_open: bool
    """False on a closed day: it is skipped."""
    oddity: Oddity | None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The next slots of a schedule (increasing) and what to be careful about."""

    schedule: Schedule
    entries: tuple[Entry, ...]
    cautions: tuple[Caution, ...]
    clock_change: datetime | None
    """When the clocks of its zone change next, if they do within a year."""

    @property
    def slots(self) -> tuple[datetime, ...]:
        """When the slots that fire are really due (UTC)."""
        return tuple(entry.due for entry in self.entries if entry.is_open)


def preview(
    schedule: Schedule, count: int, after: datetime, *, remaining: int | None = None
) -> Preview:
    """Look ahead from `after` (aware): up to `count` slots that fire, strictly later.

    `remaining` is how many runs the task has left, None without a limit. Slots on
    closed days among them are entries too, but no more than `count` of those.
    """
    change = next_change(after, after + _YEAR, schedule.zone)
    cautions = []
    if _matches_either_day(schedule):
        cautions.append(Caution.EITHER_DAY)
    if change and _is_due_when_clocks_change(schedule):
        cautions.append(Caution.CLOCK_CHANGE)
    if schedule.type == ScheduleType.ONCE and schedule.run_at:
        cautions += _which_of_two(schedule.run_at, schedule.zone)
    wanted = count if remaining is None else min(count, remaining)
    return Preview(
        schedule=schedule,
        entries=tuple(_entries(schedule, wanted, count, after)),
        cautions=tuple(cautions),
        clock_change=change,
    )


def _entries(
    schedule: Schedule, firing: int, closed: int, after: datetime
) -> Iterator[Entry]:
    """Yield entries until `firing` of them are open; only the first `closed` others."""
    position: datetime | None = after
    while firing > 0 and position is not None:
        if closed > 0:
            position = schedule.next_after(position)
        else:
            position = schedule.next_open_after(position)
        if position is None:
            return
        entry = _entry(schedule, position)
        firing -= entry.is_open
        closed -= not entry.is_open
        yield entry


def _entry(schedule: Schedule, slot: datetime) -> Entry:
    is_open = schedule.is_open(slot)
    return Entry(
        slot=slot,
        due=schedule.due(slot) if is_open else slot,
        is_open=is_open,
        oddity=_oddity(schedule, slot),
    )


def _oddity(schedule: Schedule, slot: datetime) -> Oddity | None:
    pattern, zone = schedule.pattern, schedule.zone
    if pattern is None:
        return None
    wall = wall_time(slot, zone)
    if pattern.follows_clock:
        # `resolve` gives the first showing.
        return Oddity.SECOND_PASS if resolve(wall, zone) != slot else None
    if slot.astimezone(zone).fold == 0 and _is_shown_twice(wall, zone):
        return Oddity.FIRST_OF_TWO
    before = wall_time(slot - SECOND, zone)
    if offset_at(slot, zone) > offset_at(slot - SECOND, zone):
        nominal = next(pattern.stepper(before), None)
        return Oddity.GAP if nominal is not None and nominal < wall else None
    return None


def _is_shown_twice(wall: datetime, zone: ZoneInfo) -> bool:
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return (first.utcoffset() or _NOTHING) > (second.utcoffset() or _NOTHING)


def _matches_either_day(schedule: Schedule) -> bool:
    if schedule.type != ScheduleType.CRON or schedule.pattern is None:
        return False
    fields: CronSim = schedule.pattern.fields
    weekdays = {day % 7 if isinstance(day, int) else day for day in fields.weekdays}
    restricted = not fields.days >= _DATES and not weekdays >= _WEEKDAYS
    return restricted and not fields.day_and


def _is_due_when_clocks_change(schedule: Schedule) -> bool:
    """Whether single hours of the early morning are named; "every hour" means what it says."""
    if schedule.pattern is None:
        return False
    hours = set(schedule.pattern.fields.hours)
    return len(hours) < 24 and bool(hours & _CHANGING_HOURS)


def _which_of_two(moment: datetime, zone: ZoneInfo) -> list[Caution]:
    local = moment.astimezone(zone)
    if not _is_shown_twice(local.replace(tzinfo=None), zone):
        return []
    return [Caution.SECOND_OF_TWO if local.fold else Caution.FIRST_OF_TWO]

"""What a schedule is about to do, before anything is saved. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

from scheduling.schedule import Schedule, ScheduleType
from scheduling.wall_clock import next_change

#: Every zone that changes its clocks does so within a year.
_YEAR = timedelta(days=366)

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


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The next slots of a schedule (UTC, increasing) and what to be careful about."""

    schedule: Schedule
    slots: tuple[datetime, ...]
    cautions: tuple[Caution, ...]
    clock_change: datetime | None
    """When the clocks of its zone change next, if they do within a year."""


def preview(schedule: Schedule, count: int, after: datetime) -> Preview:
    """Look ahead from `after` (aware): up to `count` slots strictly later."""
    change = next_change(after, after + _YEAR, schedule.zone)
    cautions = []
    if _matches_either_day(schedule):
        cautions.append(Caution.EITHER_DAY)
    if change and _is_due_when_clocks_change(schedule):
        cautions.append(Caution.CLOCK_CHANGE)
    if schedule.type == ScheduleType.ONCE and schedule.run_at:
        cautions += _which_of_two(schedule.run_at, schedule.zone)
    return Preview(
        schedule=schedule,
        slots=tuple(schedule.upcoming(after, count)),
        cautions=tuple(cautions),
        clock_change=change,
    )


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
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    if first == second:
        return []
    return [Caution.SECOND_OF_TWO if local.fold else Caution.FIRST_OF_TWO]

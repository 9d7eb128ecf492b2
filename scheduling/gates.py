"""What keeps a slot from firing by its date alone: closed days, and blackout windows.

PURE. Asked for one instant, or for a stretch of time that is cut where the answer changes, so
that years of slots need not be gone through one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from scheduling.schedule import Schedule
from scheduling.wall_clock import midnight, resolve, wall_time
from scheduling.windows import Window, covering

INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
#: A weekly window comes again within this many days, even if a clock change swallows one.
_SEARCHED_DAYS = 16


class Obstacle(NamedTuple):
    """Why slots do not fire: the reason of the skip (`Run.SkipReason`), and words."""

    reason: str
    note: str


class Stretch(NamedTuple):
    """The instants from `start` up to `stop`, without it, that share an obstacle or have none."""

    start: datetime
    stop: datetime
    obstacle: Obstacle | None


def obstacle_at(
    schedule: Schedule, windows: Sequence[Window], slot: datetime
) -> Obstacle | None:
    """Return what keeps `slot` (aware) from firing; the calendar is named before a blackout."""
    closed = _closed(schedule, _day(schedule, slot))
    if closed is not None:
        return closed
    window = covering(windows, slot)
    return None if window is None else blackout(window)


def blackout(window: Window) -> Obstacle:
    """Return what `window` is for the slots in it."""
    words = f": {window.note}" if window.note else "."
    return Obstacle("paused", f"Blackout “{window.name}”{words}")


def stretches(
    schedule: Schedule, windows: Sequence[Window], first: datetime, last: datetime
) -> Iterator[Stretch]:
    """Cut the time from `first` to `last` (aware, both included) into stretches, in order."""
    cuts = {first, last + INSTANT}
    cuts.update(_day_cuts(schedule, first, last))
    for window in windows:
        cuts.update(_window_cuts(window, first, last))
    for start, stop in pairwise(sorted(cuts)):
        yield Stretch(start, stop, obstacle_at(schedule, windows, start))


def _day(schedule: Schedule, instant: datetime) -> date:
    return wall_time(instant, schedule.zone).date()


def _closed(schedule: Schedule, day: date) -> Obstacle | None:
    open_days = schedule.open_days
    if open_days is None or open_days.is_open(day):
        return None
    if day in open_days.excluded:
        note = "The task leaves this date out"
    else:
        note = f"The calendar “{schedule.calendar_name}” is closed on this day"
    moved = "; the slot moves to the next open day" if schedule.shift else ""
    return Obstacle("calendar", f"{note}{moved}.")


def _day_cuts(
    schedule: Schedule, first: datetime, last: datetime
) -> Iterator[datetime]:
    """The midnights at which a day begins that is not open, or closed, like the one before."""
    if schedule.open_days is None:
        return
    day, end = _day(schedule, first), _day(schedule, last)
    before = _closed(schedule, day)
    while day < end:
        day += _DAY
        closed = _closed(schedule, day)
        if closed != before:
            yield midnight(day, schedule.zone)
        before = closed


def _window_cuts(window: Window, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants after `first` at which it begins or ends."""
    at: datetime | None = first
    while at is not None and at <= last:
        if at > first:
            yield at
        span = window.span_at(at)
        at = _next_start(window, at) if span is None else span[1]


def _next_start(window: Window, after: datetime) -> datetime | None:
    """The first instant later than `after` at which it begins; `after` is not in it."""
    if window.starts_at > after:
        if window.covers(window.starts_at):
            return window.starts_at
        after = window.starts_at
    if window.from_time is None:
        return None
    today = wall_time(after, window.zone).date()
    for step in range(_SEARCHED_DAYS):
        wall = datetime.combine(today + step * _DAY, window.from_time)
        start = resolve(wall, window.zone)
        if start > after and window.covers(start):
            return start
    return None

"""Slots of closed days, moved to the next open day at the same time on the wall.

PURE. The slots that a schedule has anyway stay where they are; each one on a closed
day gives one more, unless that instant has a slot already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import groupby
from zoneinfo import ZoneInfo

from scheduling.cron import CronPattern
from scheduling.interval import Interval
from scheduling.open_days import OpenDays
from scheduling.wall_clock import (
    SECOND,
    clocks_change_on,
    midnight,
    next_change,
    resolve,
    wall_time,
)

Slots = Callable[[datetime, datetime], Iterator[datetime]]

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Shifting:
    """The slots of a schedule together with the moved ones."""

    #: the slots with after < slot <= until that the schedule has anyway
    base: Slots
    #: where those come from: a pattern, an interval, or a single moment
    source: CronPattern | Interval | None
    #: the moments between which the schedule has slots at all (UTC)
    window: tuple[datetime, datetime]
    open_days: OpenDays
    zone: ZoneInfo

    def slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Iterate over all slots with after < slot <= until, increasing, each once."""
        target = self._open_from(self._day(after))
        moved = self._moved_to(target, after, until)
        waiting = next(moved, None)
        for slot in self.base(after, until):
            while waiting is not None and waiting <= slot:
                if waiting < slot:
                    yield waiting
                waiting = next(moved, None)
            day = self._day(slot)
            if not self.open_days.is_open(day) and (target is None or day >= target):
                target = self.open_days.next_open(day)
                moved = self._moved_to(target, after, until)
                waiting = next(moved, None)
            yield slot
        if waiting is not None:
            yield waiting
        yield from moved

    def added(self, after: datetime, until: datetime) -> int:
        """Return how many moved slots lie in (after, until] where no other is."""
        total = 0
        # The day before as well: its slot may be moved over a midnight by a gap.
        day, last = self._day(after) - _DAY, self._day(until)
        while day <= last:
            if self.open_days.is_open(day) and not self._covers(day):
                moved = set(self._moved_to(day, after, until))
                if moved:
                    there = self.base(min(moved) - _MOMENT, max(moved))
                    total += len(moved.difference(there))
            day += _DAY
        return total

    def _day(self, instant: datetime) -> date:
        return wall_time(instant, self.zone).date()

    def _open_from(self, day: date) -> date | None:
        return day if self.open_days.is_open(day) else self.open_days.next_open(day)

    def _moved_to(
        self, target: date | None, after: datetime, until: datetime
    ) -> Iterator[datetime]:
        """Yield the slots of the closed days before `target`, moved to it."""
        if target is None:
            return
        asked = wall_time(after, self.zone)
        floor = asked.time() if asked.date() == target else time()
        streams = []
        for day in self.open_days.closed_before(target):
            streams.append(self._times_on(day, floor))
            if self._is_whole(day):
                break  # the other days have no times that this one has not
        for moment, _ in groupby(merge(*streams)):
            slot = resolve(datetime.combine(target, moment), self.zone)
            if slot > until:
                return
            if slot > after:
                # Several times of one gap share its end.
                after = slot
                yield slot

    def _times_on(self, day: date, floor: time) -> Iterator[time]:
        """Yield the times on the wall of the slots on `day`, increasing, from `floor`."""
        start = midnight(day, self.zone)
        end = midnight(day + _DAY, self.zone) - _MOMENT
        if clocks_change_on(day, self.zone):
            return iter(sorted(self._times_around_change(start - _MOMENT, end)))
        if isinstance(self.source, CronPattern) and not self.source.fires_on(day):
            return iter(())
        passed = timedelta(hours=floor.hour, minutes=floor.minute, seconds=floor.second)
        slots = self.base(start + passed - _MOMENT, end)
        return (wall_time(slot, self.zone).time() for slot in slots)

    def _times_around_change(self, after: datetime, until: datetime) -> set[time]:
        if isinstance(self.source, CronPattern):
            after, until = max(after, self.window[0]), min(until, self.window[1])
            walls = self.source.nominal_times(after, until, self.zone)
            return {wall.time() for wall in walls}
        slots = self.base(after, until)
        return {wall_time(slot, self.zone).time() for slot in slots}

    def _is_whole(self, day: date) -> bool:
        """Tell whether `day` has all the times of the pattern."""
        return (
            isinstance(self.source, CronPattern)
            and self.source.fires_on(day)
            and not clocks_change_on(day, self.zone)
            and self.window[0] < midnight(day, self.zone)
            and midnight(day + _DAY, self.zone) <= self.window[1]
        )

    def _covers(self, day: date) -> bool:
        """Tell whether all that could move to `day` is there anyway; False if unsure."""
        if isinstance(self.source, CronPattern):
            loses_times = self.source.follows_clock and clocks_change_on(day, self.zone)
            return self.source.fires_on(day) and not loses_times
        run = self.open_days.closed_before(day)
        if not isinstance(self.source, Interval) or not run:
            return not run
        begin = midnight(run[-1], self.zone) - SECOND
        end = midnight(day + _DAY, self.zone)
        return not _DAY % self.source.length and not next_change(begin, end, self.zone)

"""When a task is due: the one schedule engine.

PURE. Firing, previews, calendars, missed slots and the words shown to people all come
from here. A `Schedule` is a value; its slots are instants (aware, UTC, increasing).

Where the clocks change (daylight saving), with `time` and cron alike:

* A fixed time (daily, weekly, monthly, and a cron line whose minute and hour both
  name their values) fires once for each nominal time. A time inside the spring gap
  fires at the end of the gap (02:30 at 03:00); several in one gap fire once, together.
  A time inside the repeated autumn hour fires in the first pass only.
* A cron line whose minute or hour starts with `*` follows the clock on the wall:
  `*/30 * * * *` and `0 * * * *` fire in both passes of the repeated hour, and a time
  that the clock never shows does not fire.
* An interval is a length of time and knows no clocks: anchor + n * interval.

The rules are those of Debian's cron as cronsim keeps them; docs/schedules.md has the
table. Only slots from 1970 up to the year 9000 exist.

Slots are nominal. One on a closed day (`open_days`) is a slot all the same, that does
not fire (`is_open`); with `shift` it gives a second one at the same local time of the
next open day. `jitter_seconds` moves no slot: `due` says how much later it starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from scheduling import describe, jitter, schedule_checks
from scheduling.cron import CronPattern
from scheduling.interval import Interval
from scheduling.open_days import SEARCHED_DAYS, OpenDays
from scheduling.schedule_fields import (
    EPOCH,
    HORIZON,
    LAST_DAY,
    ScheduleType,
    parse_time,
    require_aware,
)
from scheduling.shifting import Shifting
from scheduling.wall_clock import (
    SECOND,
    ScheduleError,
    load_zone,
    midnight,
    wall_time,
)

__all__ = ["OpenDays", "Schedule", "ScheduleError", "ScheduleType", "parse_time"]

_INSTANT = timedelta(microseconds=1)
_FIVE_YEARS = timedelta(days=5 * 366)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The timing of a task, checked when made: ScheduleError names the bad field.

    Fields that belong to another `type` are not looked at, so a table row can be
    handed over whole. `start_at` and `end_at` (aware, both inclusive) bound the slots of any type.
    """

    type: ScheduleType
    timezone: str = "Asia/Ho_Chi_Minh"
    #: daily, weekly, monthly: local time of day, to the second
    time: time | None = None
    #: weekly: ISO numbers, 1 = Monday .. 7 = Sunday
    weekdays: tuple[int, ...] = ()
    #: monthly: 1..31 and "last"; a month without the date is skipped
    month_days: tuple[int | str, ...] = ()
    #: cron: five fields or an @alias; day of month OR day of week when both are set
    cron: str = ""
    #: cron: the line has six fields, seconds first, as some foreign formats do
    cron_seconds: bool = False
    #: interval: whole seconds
    interval_seconds: int | None = None
    #: once: the only slot
    run_at: datetime | None = None
    #: interval: slots are anchor + n * interval, n >= 1. Without an anchor they are
    #: start_at + n * interval, n >= 0, and without both they count from 1970 UTC
    anchor: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    #: the local dates on which slots fire; None: on all
    open_days: OpenDays | None = None
    #: what people call `open_days`, for words and errors
    calendar_name: str = ""
    #: a slot of a closed day gives another on the next open day
    shift: bool = False
    #: up to so many whole seconds later than its slot a task is due, see `due`
    jitter_seconds: int = 0
    #: tells tasks apart, so that those with the same slots do not all start at once
    jitter_seed: str = ""

    def __post_init__(self) -> None:
        schedule_checks.check(self)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The schedule's time zone."""
        return load_zone(self.timezone)

    @cached_property
    def pattern(self) -> CronPattern | None:
        """The wall-clock pattern of daily, weekly, monthly and cron, else None."""
        match self.type:
            case ScheduleType.DAILY if self.time:
                return CronPattern.at(self.time)
            case ScheduleType.WEEKLY if self.time:
                weekdays = ",".join(str(day) for day in self.weekdays)
                return CronPattern.at(self.time, weekdays=weekdays)
            case ScheduleType.MONTHLY if self.time:
                named = (
                    "L" if day == LAST_DAY else str(day) for day in self.month_days
                )
                return CronPattern.at(self.time, days=",".join(named))
            case ScheduleType.CRON:
                return CronPattern.parse(self.cron, seconds=self.cron_seconds)
            case _:
                return None

    def next_after(self, instant: datetime) -> datetime | None:
        """Return the first slot strictly after `instant` (aware), or None."""
        return next(self._slots(instant, HORIZON), None)

    def upcoming(self, instant: datetime, count: int) -> list[datetime]:
        """Return up to `count` slots strictly after `instant` (aware)."""
        return list(islice(self._slots(instant, HORIZON), count))

    def between(
        self, after: datetime, until: datetime, limit: int | None = None
    ) -> Iterator[datetime]:
        """Iterate lazily over the slots with after < slot <= until, at most `limit`."""
        return islice(self._slots(after, until), limit)

    def count_between(self, after: datetime, until: datetime) -> int:
        """Return how many slots `between` would give, without going through them.

        Exact. An interval is reckoned in one step, a pattern day by day: one or two
        milliseconds per year, and up to twenty for each day with a clock change.
        """
        after, until = self._clip(after, until)
        if after >= until:
            return 0
        if self.pattern:
            count = self.pattern.count_between(after, until, self.zone)
        elif self._interval:
            count = self._interval.count(after, until)
        else:
            count = sum(1 for _ in self._base_slots(after, until))
        return count + (self._shifting.added(after, until) if self._shifting else 0)

    def latest_between(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last slot with after < slot <= until, or None.

        An interval is reckoned in one step; a pattern is searched by halving, about
        25 calls of `next_after` for a year.
        """
        after, until = self._clip(after, until)
        if self._interval and not self._shifting:
            return self._interval.latest(after, until)
        latest = next(self._slots(after, until), None)
        # `latest` is a slot and none lies in (until, asked until]. All slots have the
        # same fraction of a second, so less than a second apart there is no other.
        while latest is not None and until - latest >= SECOND:
            middle = latest + (until - latest) / 2
            slot = next(self._slots(middle, until), None)
            if slot is None:
                until = middle
            else:
                latest = slot
        return latest

    def is_open(self, slot: datetime) -> bool:
        """Tell whether `slot` fires: its local date is open."""
        return self.open_days is None or self.open_days.is_open(self._day(slot))

    def next_open_after(
        self, instant: datetime, within: timedelta = _FIVE_YEARS
    ) -> datetime | None:
        """Return the first slot that fires, strictly after `instant` (aware).

        None when there is none, or none `within` this time. Closed days are passed
        over as days, however many slots they have.
        """
        slot = self.next_after(instant)
        open_days = self.open_days
        while slot is not None and open_days and slot - instant <= within:
            day = self._day(slot)
            if open_days.is_open(day):
                return slot
            later = open_days.next_open(day) or day + timedelta(days=SEARCHED_DAYS)
            slot = self.next_after(midnight(later, self.zone) - _INSTANT)
        return None if open_days else slot

    def due(self, slot: datetime) -> datetime:
        """Return when `slot` is really due: up to `jitter_seconds` later (UTC).

        Always the same for the same slot and seed, and before the next slot.
        """
        if not self.jitter_seconds:
            return slot
        most = self.jitter_seconds
        following = self.next_after(slot)
        if following is not None:
            most = min(most, (following - slot - _INSTANT) // SECOND)
        return slot + jitter.delay(self.jitter_seed, slot, most) * SECOND

    def describe(self, language: str = "en") -> str:
        """Say the schedule in plain words, in `language` (en, vi; others get en)."""
        return describe.describe(self, language)

    def _clip(self, after: datetime, until: datetime) -> tuple[datetime, datetime]:
        """Narrow (after, until] to where slots may be; both in UTC."""
        require_aware("after", after)
        require_aware("until", until)
        low = max(after, EPOCH)
        high = min(until, HORIZON)
        if self.start_at:
            low = max(low, self.start_at - _INSTANT)
        if self.end_at:
            high = min(high, self.end_at)
        return min(low, HORIZON).astimezone(UTC), max(high, EPOCH).astimezone(UTC)

    def _day(self, instant: datetime) -> date:
        return wall_time(instant, self.zone).date()

    def _slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        after, until = self._clip(after, until)
        if after >= until:
            return iter(())
        if self._shifting:
            return self._shifting.slots(after, until)
        return self._base_slots(after, until)

    def _base_slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Iterate over the slots without the shifted ones."""
        after, until = self._clip(after, until)
        if after >= until:
            return iter(())
        if self.pattern:
            slots = self.pattern.slots_after(after, self.zone)
            return takewhile(lambda slot: slot <= until, slots)
        if self._interval:
            return self._interval.slots(after, until)
        slot = self.run_at if self.type == ScheduleType.ONCE else None
        return iter((slot.astimezone(UTC),) if slot and after < slot <= until else ())

    @cached_property
    def _interval(self) -> Interval | None:
        if self.type != ScheduleType.INTERVAL:
            return None
        return Interval(
            base=(self.anchor or self.start_at or EPOCH).astimezone(UTC),
            length=timedelta(seconds=self.interval_seconds or 0),
            first=1 if self.anchor else 0,
        )

    @cached_property
    def _shifting(self) -> Shifting | None:
        if not self.shift or self.open_days is None:
            return None
        return Shifting(
            base=self._base_slots,
            source=self.pattern or self._interval,
            window=self._clip(EPOCH, HORIZON),
            open_days=self.open_days,
            zone=self.zone,
        )

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
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from pages.sentence import Sentence
from scheduling import describe
from scheduling.cron import CronPattern
from scheduling.schedule_fields import (
    EPOCH,
    HORIZON,
    LAST_DAY,
    check_interval,
    check_moment,
    check_month_days,
    check_time,
    check_weekdays,
    parse_time,
    require_aware,
)
from scheduling.wall_clock import SECOND, ScheduleError, load_zone

__all__ = ["Schedule", "ScheduleError", "ScheduleType", "parse_time"]

_INSTANT = timedelta(microseconds=1)


class ScheduleType(StrEnum):
    """How a schedule names its slots."""

    ONCE = "once"
    INTERVAL = "interval"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CRON = "cron"


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
    #: interval: whole seconds
    interval_seconds: int | None = None
    #: once: the only slot
    run_at: datetime | None = None
    #: interval: slots are anchor + n * interval, n >= 1. Without an anchor they are
    #: start_at + n * interval, n >= 0, and without both they count from 1970 UTC
    anchor: datetime | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None

    def __post_init__(self) -> None:
        load_zone(self.timezone)
        check_moment("start_at", self.start_at)
        check_moment("end_at", self.end_at)
        # Given by the program, not by a person: a naive one is a bug, not an input.
        require_aware("anchor", self.anchor)
        if self.start_at and self.end_at and self.end_at < self.start_at:
            advice = Sentence(
                "expected a moment not before start_at %(start)s", start=self.start_at
            )
            raise ScheduleError("end_at", self.end_at, advice)
        if self.type not in set(ScheduleType):
            advice = Sentence(
                "expected one of %(known)s", known=", ".join(ScheduleType)
            )
            raise ScheduleError("schedule_type", self.type, advice)
        self._check_type()
        self._check_window()

    def _check_type(self) -> None:
        match self.type:
            case ScheduleType.ONCE:
                if self.run_at is None:
                    advice = Sentence("expected the moment to run at")
                    raise ScheduleError("run_at", None, advice)
                check_moment("run_at", self.run_at)
            case ScheduleType.INTERVAL:
                check_interval(self.interval_seconds)
            case ScheduleType.DAILY:
                check_time(self.time)
            case ScheduleType.WEEKLY:
                check_time(self.time)
                check_weekdays(self.weekdays)
            case ScheduleType.MONTHLY:
                check_time(self.time)
                check_month_days(self.month_days)
            case ScheduleType.CRON:
                CronPattern.parse(self.cron)

    def _check_window(self) -> None:
        """Refuse a window in which nothing can ever fire."""
        if self.type == ScheduleType.ONCE:
            if self.next_after(EPOCH) is None:
                advice = Sentence(
                    "expected a moment from start_at to end_at, after 1970"
                )
                raise ScheduleError("run_at", self.run_at, advice)
        elif self.type == ScheduleType.INTERVAL:
            # Its anchor moves when a task is resumed or cloned; that must not fail.
            pass
        elif self.start_at and self.end_at and self.next_after(EPOCH) is None:
            advice = Sentence(
                "no slot from start_at %(start)s to here; expected later",
                start=self.start_at,
            )
            raise ScheduleError("end_at", self.end_at, advice)

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
                return CronPattern.parse(self.cron)
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
            return self.pattern.count_between(after, until, self.zone)
        if self.type == ScheduleType.INTERVAL:
            return len(self._steps(after, until))
        return sum(1 for _ in self._slots(after, until))

    def latest_between(self, after: datetime, until: datetime) -> datetime | None:
        """Return the last slot with after < slot <= until, or None.

        An interval is reckoned in one step; a pattern is searched by halving, about
        25 calls of `next_after` for a year.
        """
        after, until = self._clip(after, until)
        if self.type == ScheduleType.INTERVAL:
            steps = self._steps(after, until)
            return self._base + steps[-1] * self._interval if steps else None
        latest = next(self._slots(after, until), None)
        # `latest` is a slot and none lies in (until, asked until]; slots of patterns
        # stand on whole seconds, so less than a second apart there is no other.
        while latest is not None and until - latest >= SECOND:
            middle = latest + (until - latest) / 2
            slot = next(self._slots(middle, until), None)
            if slot is None:
                until = middle
            else:
                latest = slot
        return latest

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

    def _slots(self, after: datetime, until: datetime) -> Iterator[datetime]:
        after, until = self._clip(after, until)
        if after >= until:
            return iter(())
        if self.pattern:
            slots = self.pattern.slots_after(after, self.zone)
            return takewhile(lambda slot: slot <= until, slots)
        if self.run_at and self.type == ScheduleType.ONCE:
            slot = self.run_at
            return iter((slot.astimezone(UTC),) if after < slot <= until else ())
        base, interval = self._base, self._interval
        return (base + step * interval for step in self._steps(after, until))

    @property
    def _interval(self) -> timedelta:
        return timedelta(seconds=self.interval_seconds or 0)

    @property
    def _base(self) -> datetime:
        return (self.anchor or self.start_at or EPOCH).astimezone(UTC)

    def _steps(self, after: datetime, until: datetime) -> range:
        """Return the n of the slots base + n * interval in (after, until]."""
        base, interval = self._base, self._interval
        first = max((after - base) // interval + 1, 1 if self.anchor else 0)
        return range(first, (until - base) // interval + 1)

"""Cron patterns: reading the fields, and the instants they mean in a zone.

PURE. `cronsim` reads the fields and steps through plain wall times; this module
decides which instants those are. (cronsim can do that too, but asked anew inside a
repeated hour it answers with a time already past, and where the clocks move by half
an hour, as on Lord Howe Island, it loses slots. Elsewhere both agree, by test.)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from pages.sentence import Sentence
from scheduling.wall_clock import (
    SECOND,
    ScheduleError,
    clocks_change_on,
    midnight,
    next_change,
    offset_at,
    resolve,
    wall_time,
)

ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

_MAX_LENGTH = 200
_SHAPE = Sentence("minute hour day-of-month month day-of-week")
_LONG_SHAPE = Sentence("second minute hour day-of-month month day-of-week")
_FIELDS = {
    "second": Sentence("0-59"),
    "minute": Sentence("0-59"),
    "hour": Sentence("0-23"),
    "day-of-month": Sentence("1-31, L (last day) or LW (last weekday)"),
    "month": Sentence("1-12 or JAN-DEC"),
    "day-of-week": Sentence("0-7 (0 and 7 = Sunday), SUN-SAT, 5L (last Friday) or 1#2"),
}
_NAMES = {
    "second": Sentence("second"),
    "minute": Sentence("minute"),
    "hour": Sentence("hour"),
    "day-of-month": Sentence("day-of-month"),
    "month": Sentence("month"),
    "day-of-week": Sentence("day-of-week"),
}
_DAY = timedelta(days=1)
# Any fixed moment serves: whether a pattern ever fires must not depend on today.
_REFERENCE = datetime(2000, 1, 1)  # noqa: DTZ001  a wall time, in no zone by intent


@dataclass(frozen=True)
class CronPattern:
    """A cron line made ready: `expression` has six fields, seconds first.

    `follows_clock` tells the two readings apart that Debian's cron knows. False, a
    list of fixed times: each nominal time fires once, see `wall_clock.resolve`.
    True (second, minute or hour starts with `*`): fires whenever the clock on the wall
    shows a matching time, so in both passes of a repeated hour and never in a gap.
    """

    expression: str
    follows_clock: bool = False

    @classmethod
    def parse(cls, text: object, *, seconds: bool = False) -> CronPattern:
        """Read five cron fields, or exactly six with `seconds` first; or an @alias.

        Raises ScheduleError (field cron_expression) naming the field that is wrong,
        also for a line that never fires, such as `0 0 31 2 *`.
        """
        return _parse(_line(text, seconds=seconds), seconds)

    @classmethod
    def at(cls, when: time, *, days: str = "*", weekdays: str = "*") -> CronPattern:
        """Make the pattern of one time of day on cron `days` and `weekdays`."""
        return cls(f"{when.second} {when.minute} {when.hour} {days} * {weekdays}")

    def stepper(self, wall: datetime) -> CronSim:
        """Return cronsim over the naive wall times after `wall`."""
        return CronSim(self.expression, wall)

    @property
    def fields(self) -> CronSim:
        """The values of the fields, as cronsim reads them."""
        return self.stepper(_REFERENCE)

    @cached_property
    def _matcher(self) -> CronSim:
        """The fields once more, only ever asked and never stepped."""
        return self.fields

    def fires_on(self, day: date) -> bool:
        """Tell whether the day fields and the month match the local `day`."""
        return day.month in self._matcher.months and self._matcher.match_day(day)

    def slots_after(self, instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the slots strictly after `instant` (UTC), increasing, in UTC."""
        if self.follows_clock:
            return self._shown_times(instant, zone)
        return self._nominal_times(instant, zone)

    def _nominal_times(self, instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        latest = instant
        for nominal in self.stepper(wall_time(instant, zone)):
            slot = resolve(nominal, zone)
            # Several nominal times of one gap share its end; and asked from within
            # the second pass, the first pass is over.
            if slot > latest:
                yield slot
                latest = slot

    def nominal_times(
        self, after: datetime, until: datetime, zone: ZoneInfo
    ) -> Iterator[datetime]:
        """Yield the wall times (naive) whose slots lie in (after, until], in UTC.

        More than slots where several nominal times share the end of a gap.
        """
        if self.follows_clock:
            for slot in takewhile(until.__ge__, self._shown_times(after, zone)):
                yield wall_time(slot, zone)
            return
        for nominal in self.stepper(wall_time(after, zone)):
            slot = resolve(nominal, zone)
            if slot > until:
                return
            if slot > after:
                yield nominal

    def _shown_times(self, instant: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        position, offset = instant, offset_at(instant, zone)
        nominals = self.stepper(wall_time(instant, zone))
        while (nominal := next(nominals, None)) is not None:
            slot = (nominal - offset).replace(tzinfo=UTC)
            change = next_change(position, slot, zone)
            if change is None:
                yield slot
                position = slot
            else:
                # Go on from the moment of the change, by the clock set anew. One
                # second less, because that very moment may be a slot.
                position, offset = change, offset_at(change, zone)
                nominals = self.stepper(wall_time(change, zone) - SECOND)

    def count_between(self, after: datetime, until: datetime, zone: ZoneInfo) -> int:
        """Return how many slots have after < slot <= until (UTC).

        Works day by day; only a day with a clock change is counted slot by slot.
        """
        times = _seconds_of_day(self.expression)
        total = 0
        day, last_day = wall_time(after, zone).date(), wall_time(until, zone).date()
        start = midnight(day, zone)
        while day <= last_day:
            end = midnight(day + _DAY, zone)
            low, high = max(after, start - SECOND), min(until, end - SECOND)
            if clocks_change_on(day, zone):
                slots = self.slots_after(low, zone)
                total += sum(1 for _ in takewhile(high.__ge__, slots))
            elif low < high and self.fires_on(day):
                total += bisect_right(times, (high - start) // SECOND)
                total -= bisect_right(times, (low - start) // SECOND)
            day, start = day + _DAY, end
        return total


@lru_cache(maxsize=1024)
def _parse(line: str, seconds: bool) -> CronPattern:  # noqa: FBT001  a key of the cache
    fields = _split(line, seconds=seconds)
    pattern = CronPattern(
        " ".join(fields), follows_clock=any(f.startswith("*") for f in fields[:3])
    )
    try:
        first = next(pattern.fields, None)
    except CronSimError as error:
        raise _explained(line, fields, str(error)) from None
    if first is None:
        raise ScheduleError("cron_expression", line, Sentence("never fires"))
    return pattern


def _line(text: object, *, seconds: bool) -> str:
    """Check that `text` is a line at all, and put what it stands for if an alias."""
    if not isinstance(text, str) or not text.strip():
        raise ScheduleError("cron_expression", text, _expected(seconds=seconds))
    if len(text) > _MAX_LENGTH:
        advice = Sentence("expected at most %(most)d characters", most=_MAX_LENGTH)
        raise ScheduleError("cron_expression", text, advice)
    line = text.strip()
    if not line.startswith("@"):
        return line
    alias = line.lower()
    if alias.startswith("@every"):
        advice = Sentence("is a length of time, not cron; use an interval instead")
        raise ScheduleError("cron_expression", text, advice)
    if alias not in ALIASES:
        advice = Sentence(
            "unknown alias; known are %(known)s", known=", ".join(ALIASES)
        )
        raise ScheduleError("cron_expression", text, advice)
    return f"0 {ALIASES[alias]}" if seconds else ALIASES[alias]


def _expected(*, seconds: bool) -> Sentence:
    if seconds:
        return Sentence("expected six fields: %(shape)s", shape=_LONG_SHAPE)
    return Sentence("expected five fields: %(shape)s", shape=_SHAPE)


def _split(line: str, *, seconds: bool) -> list[str]:
    """Return the six fields, seconds first."""
    fields = line.split()
    if len(fields) == (6 if seconds else 5):
        return fields if seconds else ["0", *fields]
    if seconds:
        advice = Sentence(
            "has %(count)d fields; expected six: %(shape)s",
            count=len(fields),
            shape=_LONG_SHAPE,
        )
    elif len(fields) == 6:
        advice = Sentence(
            "a field for seconds is taken only where the task says so; "
            "expected five: %(shape)s",
            shape=_SHAPE,
        )
    else:
        advice = Sentence(
            "has %(count)d fields; expected five: %(shape)s",
            count=len(fields),
            shape=_SHAPE,
        )
    raise ScheduleError("cron_expression", line, advice)


def _explained(line: str, fields: list[str], complaint: str) -> ScheduleError:
    """Turn cronsim's 'Bad hour' into what was given and what would be right."""
    if complaint == "Bad day-of-month" and _readable(f"0 0 {fields[3]} * *"):
        advice = Sentence(
            "never fires; the months %(months)r have no day %(day)r",
            months=fields[4],
            day=fields[3],
        )
        return ScheduleError("cron_expression", line, advice)
    name = complaint.removeprefix("Bad ")
    value = dict(zip(_FIELDS, fields, strict=True)).get(name, line)
    advice = Sentence(
        "%(name)s %(value)r is not possible here; expected %(expected)s, "
        "with lists a,b, ranges a-b and steps */n",
        name=_NAMES.get(name, name),
        value=value,
        expected=_FIELDS.get(name, _SHAPE),
    )
    return ScheduleError("cron_expression", line, advice)


def _readable(line: str) -> bool:
    try:
        CronSim(line, _REFERENCE)
    except CronSimError:
        return False
    return True


@lru_cache(maxsize=64)
def _seconds_of_day(expression: str) -> list[int]:
    fields = CronSim(expression, _REFERENCE)
    return sorted(
        hour * 3600 + minute * 60 + second
        for hour in fields.hours
        for minute in fields.minutes
        for second in fields.seconds
    )

"""Windows of time in which nothing fires, once or again and again. PURE.

All windows are half-open: what begins at `starts_at` is in it, what begins at `ends_at` is not.
Times of day become instants by the rule of `wall_clock`, like those of schedules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.wall_clock import resolve, wall_time

_DAY = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class Window:
    """From `starts_at` to `ends_at` (None: without an end), aware instants both.

    With `from_time` and `until_time` only between these times of day of `zone`, on the
    `weekdays` (ISO 1=Mon..7=Sun; none: all) on which it begins; one whose `until_time` is not
    later than its `from_time` ends the next day.
    """

    name: str
    note: str = ""
    starts_at: datetime
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    from_time: time | None = None
    until_time: time | None = None
    zone: ZoneInfo = field(default=_ZONE)
    id: int | None = None

    @property
    def recurs(self) -> bool:
        return self.from_time is not None

    @property
    def in_words(self) -> str:
        """Its name, and why, as one line."""
        return f"{self.name}: {self.note}" if self.note else self.name

    def covers(self, instant: datetime) -> bool:
        """Tell whether `instant` (aware) lies in it."""
        return self.span_at(instant) is not None

    def span_at(self, instant: datetime) -> tuple[datetime, datetime | None] | None:
        """Return from when to when it lasts around `instant`; None when it does not.

        Of one that recurs this is the one occurrence. An end of None: until it is lifted.
        """
        ends_at = self.ends_at
        if instant < self.starts_at or (ends_at is not None and instant >= ends_at):
            return None
        if not self.recurs:
            return self.starts_at, ends_at
        for start, end in self._around(instant):
            if start <= instant < end:
                return max(start, self.starts_at), min(end, ends_at or end)
        return None

    def _around(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The occurrences that may cover `instant`: of its day, and of the days beside it."""
        today = wall_time(instant, self.zone).date()
        for day in (today - _DAY, today, today + _DAY):
            if not self.weekdays or day.isoweekday() in self.weekdays:
                yield self._occurrence(day)

    def _occurrence(self, day: date) -> tuple[datetime, datetime]:
        begins, ends = self.from_time or time(), self.until_time or time()
        last_day = day if ends > begins else day + _DAY
        return (
            resolve(datetime.combine(day, begins), self.zone),
            resolve(datetime.combine(last_day, ends), self.zone),
        )


def covering(windows: Iterable[Window], instant: datetime) -> Window | None:
    """Return the window that `instant` lies in; of several the one that lasts longest."""
    found: Window | None = None
    longest: datetime | None = None
    for window in windows:
        span = window.span_at(instant)
        if span is None:
            continue
        end = span[1] or _NEVER
        if longest is None or end > longest:
            found, longest = window, end
    return found

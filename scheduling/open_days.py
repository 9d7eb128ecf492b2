"""Which days are open: business days, a list of dates, the dates a task leaves out.

PURE. Days are local dates; whoever asks turns an instant into the date of a zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

EVERY_WEEKDAY = frozenset(range(1, 8))

#: How far `next_open` looks. Every yearly pattern has come round by then.
SEARCHED_DAYS = 366

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class OpenDays:
    """A calendar as a value: equal calendars are equal, and it can be a key."""

    #: ISO numbers that are open, 1 = Monday .. 7 = Sunday
    weekdays: frozenset[int] = EVERY_WEEKDAY
    #: dates that are closed; with `only`, the only ones that are open
    dates: frozenset[date] = frozenset()
    only: bool = False
    #: dates closed in any case: those that the task itself leaves out
    excluded: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        """Tell whether `day` is open."""
        if day in self.excluded or day.isoweekday() not in self.weekdays:
            return False
        return (day in self.dates) is self.only

    def next_open(self, day: date) -> date | None:
        """Return the first open day strictly later, None when none is in 366 days."""
        for later in _days_after(day):
            if self.is_open(later):
                return later
        return None

    def closed_before(self, day: date) -> list[date]:
        """Return the closed days without a gap up to the day before `day`, latest first.

        None of them is so old that its next open day is out of reach.
        """
        run: list[date] = []
        while len(run) < SEARCHED_DAYS and day > date.min:
            day -= _DAY
            if self.is_open(day):
                break
            run.append(day)
        return run

    @property
    def has_calendar(self) -> bool:
        """Whether more than the task's own dates is closed."""
        return self.only or bool(self.dates) or self.weekdays != EVERY_WEEKDAY


def _days_after(day: date) -> Iterator[date]:
    reach = min(SEARCHED_DAYS, (date.max - day).days)
    return (day + step * _DAY for step in range(1, reach + 1))

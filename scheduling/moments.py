"""Moments and ranges as people write them: ISO 8601, in the task's zone when they name none.

PURE. A time that the clock shows twice is its first showing, one that it never shows the end
of the gap, as for slots (`scheduling.wall_clock.resolve`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pages.sentence import Sentence
from scheduling.schedule import Schedule
from scheduling.schedule_fields import EPOCH, HORIZON
from scheduling.wall_clock import midnight, resolve

INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_MOST_CHARS = 40
# In an address "+" is a blank, unless somebody thought of writing %2B.
_LOST_PLUS = re.compile(r"(.*\d) (\d\d:?\d\d)")


class MomentError(ValueError):
    """A text that names no moment. `sentence` says what would be right."""

    def __init__(self, text: str) -> None:
        self.sentence = Sentence(
            "%(value)s is no moment: give one such as 2026-11-17T07:00 (in the task's "
            "zone) or 2026-11-17T00:00Z, of the years 1970 to 8999.",
            value=repr(text[:_MOST_CHARS]),
        )
        super().__init__(str(self.sentence))


def read_moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """Return the instant (UTC) that `text` names; raise `MomentError` when it names none.

    A date alone is the first moment of that day, or with `end` its last.
    """
    asked = text.strip()
    try:
        if len(asked) > _MOST_CHARS:
            raise MomentError(text)
        if len(asked) == len("2026-11-17"):
            return _of_day(date.fromisoformat(asked), zone, end=end)
        moment = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", asked))
    except (ValueError, OverflowError) as error:
        raise MomentError(text) from error
    if not EPOCH.year <= moment.year < HORIZON.year:
        raise MomentError(text)
    if moment.tzinfo is None:
        moment = resolve(moment.replace(fold=0), zone)
    return moment.astimezone(UTC)


def _of_day(day: date, zone: ZoneInfo, *, end: bool) -> datetime:
    if not EPOCH.year <= day.year < HORIZON.year:
        raise MomentError(day.isoformat())
    return midnight(day + _DAY, zone) - INSTANT if end else midnight(day, zone)


def precision(moment: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long the moment lasts that `moment` was written for: 07:00 is a minute.

    Nothing when it has a fraction of a second.
    """
    local = moment.astimezone(zone).time()
    if local.microsecond:
        return INSTANT
    minute = local.replace(tzinfo=None) == time(local.hour, local.minute)
    return timedelta(minutes=1) if minute else timedelta(seconds=1)


def open_slots(
    schedule: Schedule, after: datetime, until: datetime
) -> Iterator[datetime]:
    """Iterate lazily over the slots that fire with after < slot <= until."""
    if schedule.open_days is None:
        yield from schedule.between(after, until)
        return
    position = after
    while position < until:
        slot = schedule.next_open_after(position, until - position)
        if slot is None or slot > until:
            return
        yield slot
        position = slot

"""When a webhook is told: at once, or later with what else is collected by then. Pure.

Times of day are those of a zone's clock. Where the clock is put on and a time does not exist, it is as
long after midnight as it would have been; where it exists twice, the first one counts.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MIN_DIGEST_SECONDS, MAX_DIGEST_SECONDS = 60, 86_400
_DAY = timedelta(days=1)


class Hours(Protocol):
    """What is asked of a webhook (`notifications.models.rule`)."""

    @property
    def quiet_from(self) -> time | None: ...
    @property
    def quiet_until(self) -> time | None: ...
    @property
    def digest_seconds(self) -> int | None: ...
    @property
    def digest_at(self) -> time | None: ...
    @property
    def timezone(self) -> str: ...


def collects(hours: Hours) -> bool:
    """Whether there is anything that could be told later than at once."""
    return bool(
        hours.digest_seconds or hours.digest_at is not None or _has_quiet(hours)
    )


def due_at(
    hours: Hours, now: datetime, *, zone: str, window: datetime | None = None
) -> datetime | None:
    """When what comes up at `now` is told; None: at once.

    `zone` is that of the installation, for a webhook that names none. `window` is the end of the
    time of collecting that has begun already, if one has. What would be told in quiet hours is
    told when they end.
    """
    tz = _zone(hours.timezone or zone, zone)
    due: datetime | None = None
    if hours.digest_at is not None:
        due = _next(hours.digest_at, now, tz)
    elif hours.digest_seconds:
        is_open = window is not None and window > now
        due = window if is_open else now + timedelta(seconds=hours.digest_seconds)
    return _quiet_end(hours, due or now, tz) or due


def _zone(name: str, otherwise: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (
        ZoneInfoNotFoundError,
        ValueError,
        OSError,
    ):  # OSError: "America" is a directory
        return ZoneInfo(
            otherwise
        )  # renamed since it was saved: no reason to tell nobody


def _quiet_end(hours: Hours, at: datetime, tz: ZoneInfo) -> datetime | None:
    """When the quiet hours that `at` lies in are over; None: it lies in none."""
    if hours.quiet_from is None or hours.quiet_until is None or not _has_quiet(hours):
        return None
    day = at.astimezone(tz).date()
    for begins in (day - _DAY, day):
        ends = begins if hours.quiet_from < hours.quiet_until else begins + _DAY
        end = _instant(ends, hours.quiet_until, tz)
        if _instant(begins, hours.quiet_from, tz) <= at < end:
            return end
    return None


def _next(clock: time, now: datetime, tz: ZoneInfo) -> datetime:
    """The first instant after `now` at which the clock shows `clock`."""
    day = now.astimezone(tz).date()
    today = _instant(day, clock, tz)
    return today if today > now else _instant(day + _DAY, clock, tz)


def _instant(day: date, clock: time, tz: ZoneInfo) -> datetime:
    # Back from UTC, so that a time that does not exist compares as the instant it stands for.
    local = datetime.combine(day, clock.replace(fold=0), tzinfo=tz)
    return local.astimezone(ZoneInfo("UTC"))


def _has_quiet(hours: Hours) -> bool:
    return hours.quiet_from != hours.quiet_until  # both are there, or neither

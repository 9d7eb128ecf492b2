"""Local times as instants: time zones, the hour that is missing, the hour that is twice.

PURE. The one place that turns a time on the wall into an instant, so every kind of
schedule treats a change of the clocks alike. Instants are aware UTC datetimes, wall
times are naive datetimes, and both stand on whole seconds except where a caller
passes its own instant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pages.sentence import Sentence

SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)

# Two changes that cancel out inside one step would go unseen. The shortest daylight
# saving pauses on record (Ramadan in Morocco and Egypt) last about a month.
_STEP = timedelta(days=7)

# Names that mean another zone on each machine, or count leap seconds.
_UNUSABLE_ZONES = ("localtime", "posixrules", "Factory", "posix/", "right/")


class ScheduleError(ValueError):
    """A schedule that cannot be: which field, which value, what would be right.

    `field` is one of schedule_type, timezone, schedule_time, weekdays, month_days,
    cron_expression, interval_seconds, jitter_seconds, calendar, excluded_dates, run_at,
    start_at, end_at: the names of the task's fields, so that forms and APIs can show the error
    where it belongs.
    """

    def __init__(self, field: str, value: object, advice: str) -> None:
        super().__init__(field, value, advice)
        self.field = field
        self.value = value
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.field} {self.at_the_field}"

    @property
    def at_the_field(self) -> Sentence:
        """What stands at the field: the value and what would be right."""
        shown = repr(str(self.value)[:120])
        return Sentence("%(value)s: %(advice)s", value=shown, advice=self.advice)


def load_zone(name: object) -> ZoneInfo:
    """Return the IANA zone called `name`; raise ScheduleError when there is none."""
    if isinstance(name, str) and not name.startswith(_UNUSABLE_ZONES):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # unknown, malformed, or a folder such as "America"
    raise ScheduleError(
        "timezone",
        name,
        Sentence("expected an IANA name such as 'Asia/Ho_Chi_Minh' or 'UTC'"),
    )


def wall_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall in `zone` shows at `instant`, naive."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    """Return how far `zone` is ahead of UTC at `instant`."""
    offset = instant.astimezone(zone).utcoffset()
    return offset if offset is not None else timedelta()


def resolve(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the one instant a nominal wall time stands for.

    A time shown twice means its first showing; a time never shown means the end of
    the gap it falls into (the rule of Debian's cron, and of cronsim).
    """
    local = wall.replace(tzinfo=zone, fold=0)
    instant = local.astimezone(UTC)
    if wall_time(instant, zone) == wall:
        return instant
    # Inside a gap fold=0 reads with the old offset and lands after the change,
    # fold=1 with the new one and lands before it (PEP 495).
    before = local.replace(fold=1).astimezone(UTC)
    return next_change(before, instant, zone) or instant


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first moment of the local `day`."""
    return resolve(datetime.combine(day, time()), zone)


def clocks_change_on(day: date, zone: ZoneInfo) -> bool:
    """Tell whether the offset changes on the local `day`, its two ends included."""
    before = midnight(day, zone) - SECOND
    return offset_at(before, zone) != offset_at(midnight(day + _DAY, zone), zone)


def next_change(after: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant in (after, until] at which the offset is a new one."""
    offset = offset_at(after, zone)
    low = after.replace(microsecond=0)
    while low < until:
        high = min(low + _STEP, until)
        if offset_at(high, zone) != offset:
            return _bisect(low, high, offset, zone)
        low = high
    return None


def _bisect(
    low: datetime, high: datetime, offset: timedelta, zone: ZoneInfo
) -> datetime:
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if offset_at(middle, zone) == offset:
            low = middle
        else:
            high = middle
    return high

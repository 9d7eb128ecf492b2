"""Which occurrences of a calendar say exactly the slots of a schedule that fire.

PURE. A rule where there is one, corrected where clocks change and where days are closed; else
the slots themselves, one by one, for a year. Programs do not agree on what becomes of 02:30 in a
night that has no such time, so that night never depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from scheduling.interop.ical.rules import TIMES, Rule, rule_in_utc, rule_of
from scheduling.schedule import Schedule, ScheduleType
from scheduling.wall_clock import SECOND, next_change, offset_at, wall_time

#: How far corrections and listed slots reach; programs fetch a feed anew long before.
REACH = timedelta(days=366)
#: Most slots of one task that are looked at one by one.
MOST_LISTED = 10_000
_AROUND_CHANGE = timedelta(hours=3)
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """`start` and what `rule` makes of it, without `left_out`, and `added`."""

    #: the first slot (UTC)
    start: datetime
    #: where the clock hangs that `rule` and `left_out` are read from
    zone: ZoneInfo
    rule: Rule | None = None
    #: wall times (naive) that the rule names and at which nothing fires
    left_out: list[datetime] = field(default_factory=list)
    #: further slots (UTC)
    added: list[datetime] = field(default_factory=list)
    #: how many slots it took to find out
    looked_at: int = 1
    #: later slots than this one are not told; None: all are
    told_until: datetime | None = None


def recurrence(
    schedule: Schedule, after: datetime, remaining: int | None = None
) -> Recurrence | None:
    """Return the slots that fire strictly after `after`; None when there are none.

    `remaining` is how many runs are left, None without a limit.
    """
    first = schedule.next_open_after(after) if remaining != 0 else None
    if first is None:
        return None
    if schedule.type == ScheduleType.ONCE:
        return Recurrence(start=_whole(first), zone=schedule.zone)
    return _by_rule(schedule, first, remaining) or _listed(schedule, first, remaining)


def _listed(schedule: Schedule, first: datetime, remaining: int | None) -> Recurrence:
    slots = _firing(schedule, first)[:remaining]
    ends = len(slots) == remaining or not schedule.next_open_after(slots[-1] + SECOND)
    return Recurrence(
        start=slots[0],
        zone=schedule.zone,
        added=slots[1:],
        looked_at=len(slots),
        told_until=None if ends else slots[-1],
    )


def _by_rule(
    schedule: Schedule, first: datetime, remaining: int | None
) -> Recurrence | None:
    """The slots by a rule; None when there is none, or it needs too many corrections."""
    zone, rule = _zone_and_rule(schedule, first)
    if rule is None or _read(wall_time(first, zone), zone) != first:
        return None
    last = _last(schedule, first, remaining)
    until = last or schedule.end_at or first + REACH
    corrections = _corrections(schedule, zone, first, min(until, first + REACH))
    if corrections is None:
        return None
    left_out, added, looked_at = corrections
    if left_out and zone != _UTC and not rule.keys().isdisjoint(TIMES):
        return None  # programs take one time of such a day for another
    if last and not (left_out or added):
        rule |= {"COUNT": remaining}
    elif end := last or schedule.end_at:
        rule |= {"UNTIL": end.astimezone(UTC)}
    elif remaining:
        rule |= {"COUNT": remaining}
    return Recurrence(
        start=_whole(first),
        zone=zone,
        rule=rule,
        left_out=left_out,
        added=added,
        looked_at=looked_at,
    )


def _zone_and_rule(schedule: Schedule, first: datetime) -> tuple[ZoneInfo, Rule | None]:
    if schedule.type == ScheduleType.INTERVAL:
        return _UTC, rule_of(schedule)
    if schedule.open_days is None:
        moments = first, *_changes(schedule.zone, first, first + REACH)
        offsets = {offset_at(moment, schedule.zone) for moment in moments}
        if rule := rule_in_utc(schedule, offsets):
            return _UTC, rule
    return schedule.zone, rule_of(schedule)


def _last(
    schedule: Schedule, first: datetime, remaining: int | None
) -> datetime | None:
    """The slot of the last run that is left, if it comes within reach."""
    if remaining is None:
        return None
    slots = _firing(schedule, first)
    return slots[remaining - 1] if len(slots) >= remaining else None


def _firing(schedule: Schedule, first: datetime) -> list[datetime]:
    slots = schedule.between(first - SECOND, first + REACH, MOST_LISTED)
    return [_whole(slot) for slot in slots if schedule.is_open(slot)]


def _corrections(
    schedule: Schedule, zone: ZoneInfo, first: datetime, until: datetime
) -> tuple[list[datetime], list[datetime], int] | None:
    """What the rule names and does not fire (wall times), what it misses (UTC), slots seen."""
    left_out: list[datetime] = []
    added: list[datetime] = []
    looked_at = 0
    for low, high in _doubtful(schedule, zone, first - SECOND, until):
        slots = list(schedule.between(low, high, MOST_LISTED))
        if len(slots) == MOST_LISTED:
            return None
        looked_at += len(slots)
        fired = {_whole(slot) for slot in slots if schedule.is_open(slot)}
        named: set[datetime] = set()
        for wall in _walls(schedule, zone, low, high):
            slot = _read(wall, zone)
            if slot in named:
                return None  # a gap makes two times one
            named.add(slot)
            if slot not in fired:
                left_out.append(wall)
        added += sorted(fired - named)
    return left_out, added, looked_at


def _doubtful(
    schedule: Schedule, zone: ZoneInfo, low: datetime, high: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield where in (low, high] the rule may be wrong."""
    if schedule.open_days:
        yield low, high
        return
    for change in _changes(zone, low, high):
        yield max(low, change - _AROUND_CHANGE), min(high, change + _AROUND_CHANGE)


def _walls(
    schedule: Schedule, zone: ZoneInfo, low: datetime, high: datetime
) -> Iterator[datetime]:
    """Yield the wall times (naive) that the rule names."""
    if schedule.pattern is None:
        plain = replace(schedule, open_days=None, shift=False)
        for slot in plain.between(low, high, MOST_LISTED):
            yield wall_time(_whole(slot), zone)
        return
    latest = wall_time(high, zone)
    yield from takewhile(latest.__ge__, schedule.pattern.stepper(wall_time(low, zone)))


def _changes(zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    change = next_change(after, until, zone)
    while change:
        yield change
        change = next_change(change, until, zone)


def _read(wall: datetime, zone: ZoneInfo) -> datetime:
    """What programs make of a wall time: in a gap, the clock of before it goes on."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _whole(slot: datetime) -> datetime:
    return slot.replace(microsecond=0)

"""`VTIMEZONE`: what the clocks of a zone do, for programs that do not know it by name.

Not made by icalendar, whose onsets of daylight saving come an hour late: they are to be told on
the clock of before the change.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from scheduling.wall_clock import SECOND, next_change, offset_at, wall_time

_YEARS_AHEAD = 10

#: offsets before and after, name, and whether it is daylight saving
Kind = tuple[timedelta, timedelta, str, bool]


@lru_cache(maxsize=256)
def timezone_component(zone: ZoneInfo, first_year: int, last_year: int) -> Timezone:
    """Return the clocks of `zone` from the beginning of `first_year`, and ten years on."""
    begin = datetime(first_year, 1, 1, tzinfo=UTC) - timedelta(days=1)
    end = datetime(last_year + _YEARS_AHEAD, 1, 1, tzinfo=UTC)
    onsets: dict[Kind, list[datetime]] = {
        _kind(begin, begin, zone): [wall_time(begin, zone)]
    }
    change = next_change(begin, end, zone)
    while change:
        before = change - SECOND
        kind = _kind(before, change, zone)
        onsets.setdefault(kind, []).append(wall_time(before, zone) + SECOND)
        change = next_change(change, end, zone)
    component = Timezone()
    component.add("tzid", zone.key)
    for kind, walls in onsets.items():
        component.add_component(_observance(kind, walls))
    return component


def _kind(before: datetime, after: datetime, zone: ZoneInfo) -> Kind:
    local = after.astimezone(zone)
    offsets = offset_at(before, zone), offset_at(after, zone)
    return (*offsets, local.tzname() or "", bool(local.dst()))


def _observance(
    kind: Kind, walls: list[datetime]
) -> TimezoneDaylight | TimezoneStandard:
    before, after, name, is_daylight = kind
    part = TimezoneDaylight() if is_daylight else TimezoneStandard()
    part.add("dtstart", walls[0])
    if walls[1:]:
        part.add("rdate", walls[1:])
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", name)
    return part

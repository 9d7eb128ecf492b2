"""The time zones that a task may have, for its form to choose from."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils import timezone

from scheduling.admin.widgets import SearchSelect
from scheduling.wall_clock import ScheduleError, load_zone, offset_at

ALSO_CALLED = {
    "Asia/Ho_Chi_Minh": "Vietnam, Viet Nam, Hanoi, Ha Noi, Saigon, Sai Gon",
    "Asia/Bangkok": "Thailand",
    "Asia/Shanghai": "China, Beijing",
    "Asia/Kolkata": "India, Delhi, Mumbai",
}
"""What people type who look for a zone that is named after another city."""


class ZoneSelect(SearchSelect):
    """Every IANA zone with what it is ahead of UTC now. A stored one that is none is kept."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        option = super().create_option(name, value, *args, **kwargs)
        if also := ALSO_CALLED.get(str(value)):
            option["attrs"]["data-also"] = also  # read by task-form.js
        return option

    def optgroups(
        self, name: str, value: list[Any], attrs: dict[str, Any] | None = None
    ) -> Any:
        zones = zone_choices(timezone.now().replace(minute=0, second=0, microsecond=0))
        known = dict(zones)
        others = [(each, each) for each in value if each and each not in known]
        self.choices = [*others, *zones]
        return super().optgroups(name, value, attrs)


@lru_cache(maxsize=2)
def zone_choices(now: datetime) -> tuple[tuple[str, str], ...]:
    """Return (name, label) of every zone, UTC first; the offsets are those of `now`.

    Reading all zones takes a while, so ask for full hours: then it is done once an hour.
    """
    names = sorted(available_timezones(), key=lambda name: (name != "UTC", name))
    return tuple((name, _label(name, now)) for name in names if _is_usable(name))


def _is_usable(name: str) -> bool:
    try:
        load_zone(name)
    except ScheduleError:
        return False
    return True


def _label(name: str, now: datetime) -> str:
    if name == "UTC":
        return name
    return f"{name} ({offset_text(offset_at(now, ZoneInfo(name)))})"


def offset_text(offset: timedelta) -> str:
    """Write an offset as `UTC+07:00`."""
    minutes = round(offset / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def zone_or_utc(name: object) -> ZoneInfo:
    """The zone called `name`; UTC where a row holds a name that is none."""
    try:
        return load_zone(name)
    except ScheduleError:
        return ZoneInfo("UTC")

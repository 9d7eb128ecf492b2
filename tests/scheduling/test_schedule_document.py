"""The tables of docs/schedules.md say what the engine does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduling.schedule import Schedule, ScheduleType, parse_time

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "schedules.md"
ZONES = {
    "America/New_York",
    "Europe/Warsaw",
    "Australia/Lord_Howe",
    "Asia/Ho_Chi_Minh",
}
KINDS = {"daily", "weekly", "monthly", "cron", "interval"}
BEFORE, AFTER = timedelta(hours=1), timedelta(hours=2)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows() -> list[tuple[str, str, datetime, str]]:
    """Read `(zone, schedule, moment of the change, what fires)` out of the document."""
    found: list[tuple[str, str, datetime, str]] = []
    moments: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            moments = []
            continue
        zone, *rest = cells(line)
        times = [re.search(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d)Z", cell) for cell in rest]
        if zone == "zone":
            moments = [f"{time[1]}T{time[2]}+00:00" for time in times if time]
        elif moments and zone in ZONES:
            schedule, *fires = rest
            for moment, cell in zip(moments, fires, strict=True):
                found.append((zone, schedule, datetime.fromisoformat(moment), cell))
    return found


def read(text: str, zone: str) -> Schedule:
    kind, _, rest = text.replace("`", "").partition(" ")
    if kind == "cron":
        return Schedule(type=ScheduleType.CRON, cron=rest, timezone=zone)
    if kind == "interval":
        seconds = int(rest)
        return Schedule(
            type=ScheduleType.INTERVAL, interval_seconds=seconds, timezone=zone
        )
    days, _, when = rest.rpartition(" ")
    numbers = tuple(int(day) for day in days.split(",")) if days else ()
    return Schedule(
        type=ScheduleType(kind),
        time=parse_time(when),
        weekdays=numbers,
        month_days=numbers,
        timezone=zone,
    )


def test_the_table_has_every_kind_of_schedule_in_every_zone_at_both_changes():
    kinds = {(zone, text.split(" ")[0]) for zone, text, _, _ in rows()}
    assert kinds == {(zone, kind) for zone in ZONES for kind in KINDS}
    changes = {(zone, moment) for zone, _, moment, _ in rows()}
    assert len(changes) == 2 * len(ZONES)
    for line in ("cron `0 * * * *`", "cron `*/30 * * * *`"):
        assert {zone for zone, text, _, _ in rows() if text == line} == ZONES


def test_the_moments_of_the_table_are_those_at_which_clocks_change():
    for zone, _, moment, _ in rows():
        local = [
            (moment + step).astimezone(Schedule(type="none", timezone=zone).zone)
            for step in (timedelta(seconds=-1), timedelta())
        ]
        changes = local[0].utcoffset() != local[1].utcoffset()
        assert changes == (zone != "Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(("zone", "text", "moment", "fires"), rows())
def test_a_row_of_the_table_is_what_the_engine_does(zone, text, moment, fires):
    begin = moment - BEFORE - timedelta(microseconds=1)
    slots = read(text, zone).between(begin, moment + AFTER)
    assert " ".join(f"{slot.astimezone(UTC):%H:%M}" for slot in slots) == fires

"""What a preview lists, and which of it is odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from scheduling.preview import Oddity, preview
from scheduling.schedule import OpenDays, Schedule, ScheduleType

FRIDAY = datetime(2026, 1, 2, 12, tzinfo=UTC)
BUSINESS_DAYS = OpenDays(weekdays=frozenset(range(1, 6)))


def daily(when: time = time(7), timezone: str = "UTC", **fields: object) -> Schedule:
    return Schedule(type=ScheduleType.DAILY, time=when, timezone=timezone, **fields)


def cron(line: str, timezone: str = "UTC", **fields: object) -> Schedule:
    return Schedule(type=ScheduleType.CRON, cron=line, timezone=timezone, **fields)


def test_every_slot_is_an_entry():
    seen = preview(daily(), 3, FRIDAY)
    slots = tuple(daily().upcoming(FRIDAY, 3))
    assert tuple(entry.slot for entry in seen.entries) == seen.slots == slots
    assert all(e.is_open and e.oddity is None for e in seen.entries)


def test_closed_days_are_shown_and_do_not_count():
    seen = preview(daily(open_days=BUSINESS_DAYS), 2, FRIDAY)
    assert [entry.is_open for entry in seen.entries] == [False, False, True, True]
    assert len(seen.slots) == 2


def test_a_weekend_of_minutes_does_not_flood_the_preview():
    seen = preview(cron("* * * * *", open_days=BUSINESS_DAYS), 5, FRIDAY.replace(day=3))
    assert [entry.is_open for entry in seen.entries] == [False] * 5 + [True] * 5
    assert seen.slots[0] == datetime(2026, 1, 5, tzinfo=UTC)


def test_no_more_entries_fire_than_runs_remain():
    assert len(preview(daily(), 5, FRIDAY, remaining=2).slots) == 2
    assert preview(daily(), 5, FRIDAY, remaining=0).entries == ()
    assert len(preview(daily(), 5, FRIDAY, remaining=9).slots) == 5


def test_a_preview_ends_with_the_schedule():
    once = Schedule(type=ScheduleType.ONCE, run_at=FRIDAY + timedelta(hours=1))
    assert len(preview(once, 5, FRIDAY).entries) == 1
    nothing = Schedule(type=ScheduleType.NONE)
    assert preview(nothing, 5, FRIDAY).entries == ()


def test_the_real_second_is_shown():
    schedule = daily(jitter_seconds=600, jitter_seed="7")
    entry = preview(schedule, 1, FRIDAY).entries[0]
    assert entry.due == schedule.due(entry.slot) > entry.slot
    assert preview(schedule, 1, FRIDAY).slots == (entry.due,)


@pytest.mark.parametrize(
    ("schedule", "day", "expected"),
    [
        (daily(time(2, 30), "America/New_York"), date(2026, 3, 8), [Oddity.GAP]),
        (daily(time(3), "America/New_York"), date(2026, 3, 8), [None]),
        (daily(time(1, 30), "America/New_York"), date(2026, 3, 8), [None]),
        (
            daily(time(1, 30), "America/New_York"),
            date(2026, 11, 1),
            [Oddity.FIRST_OF_TWO],
        ),
        (daily(time(2), "America/New_York"), date(2026, 11, 1), [None]),
        (daily(time(2, 15), "Australia/Lord_Howe"), date(2026, 10, 4), [Oddity.GAP]),
        (
            cron("*/30 1 * * *", "America/New_York"),
            date(2026, 11, 1),
            [None, None, Oddity.SECOND_PASS, Oddity.SECOND_PASS],
        ),
        (cron("*/30 3 * * *", "America/New_York"), date(2026, 3, 8), [None, None]),
    ],
)
def test_what_a_clock_change_does_is_marked(schedule, day, expected):
    begin = datetime.combine(day, time(), schedule.zone) - timedelta(seconds=1)
    entries = preview(schedule, len(expected), begin).entries
    assert [entry.oddity for entry in entries] == expected
    assert all(e.slot.astimezone(schedule.zone).date() == day for e in entries)

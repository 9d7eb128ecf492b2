"""Long outages: counting what was missed without going through it."""

from __future__ import annotations

import time as clock
from datetime import UTC, datetime, time, timedelta

import pytest

from scheduling.schedule import Schedule, ScheduleType

START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def every_second() -> Schedule:
    return Schedule(type=ScheduleType.INTERVAL, interval_seconds=1, anchor=START)


def test_a_year_of_seconds_is_counted():
    assert every_second().count_between(START, START + YEAR) == 365 * 86400


def test_the_latest_of_a_year_of_seconds_is_found():
    until = START + YEAR + timedelta(milliseconds=300)
    assert every_second().latest_between(START, until) == START + YEAR


def test_the_latest_slot_may_lie_far_before_the_end():
    schedule = Schedule(type=ScheduleType.CRON, cron="* 9 1 2 *", timezone="UTC")
    latest = schedule.latest_between(START, START + YEAR)
    assert latest == datetime(2026, 2, 1, 9, 59, tzinfo=UTC)


def test_a_once_slot_counts_once_and_only_inside():
    schedule = Schedule(type=ScheduleType.ONCE, run_at=START + timedelta(hours=1))
    assert schedule.count_between(START, START + YEAR) == 1
    assert schedule.count_between(START + timedelta(hours=1), START + YEAR) == 0
    assert schedule.latest_between(START, START + YEAR) == schedule.run_at


def test_start_and_end_bound_the_count():
    schedule = Schedule(
        type=ScheduleType.DAILY,
        time=time(7),
        timezone="UTC",
        start_at=START + timedelta(days=10),
        end_at=START + timedelta(days=20),
    )
    assert schedule.count_between(START, START + YEAR) == 10
    last = START + timedelta(days=19, hours=7)
    assert schedule.latest_between(START, START + YEAR) == last


@pytest.mark.parametrize("kind", ["empty", "reversed"])
def test_an_empty_span_has_no_slots(kind):
    until = START if kind == "empty" else START - YEAR
    assert every_second().count_between(START, until) == 0
    assert every_second().latest_between(START, until) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"type": ScheduleType.INTERVAL, "interval_seconds": 1, "anchor": START},
        {"type": ScheduleType.CRON, "cron": "* * * * *"},
        {"type": ScheduleType.CRON, "cron": "*/5 2 29 2 *"},
        {"type": ScheduleType.MONTHLY, "time": time(9), "month_days": (31, "last")},
    ],
)
def test_a_long_outage_costs_next_to_nothing(fields):
    schedule = Schedule(timezone="Europe/Warsaw", **fields)
    began = clock.process_time()
    schedule.count_between(START, START + YEAR)
    schedule.latest_between(START, START + YEAR)
    # A hundredth of what stepping through would take; usually 5-40 ms.
    assert clock.process_time() - began < 1

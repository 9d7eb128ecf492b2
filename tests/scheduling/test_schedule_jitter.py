"""Jitter: later than the slot, but always by the same."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from scheduling.schedule import Schedule, ScheduleError, ScheduleType

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def daily(**fields: Any) -> Schedule:
    return Schedule(type=ScheduleType.DAILY, time=time(7), timezone="UTC", **fields)


def delays(schedule: Schedule, count: int = 50) -> list[float]:
    slots = schedule.upcoming(NEW_YEAR, count)
    return [(schedule.due(slot) - slot).total_seconds() for slot in slots]


def test_without_jitter_a_slot_is_due_at_once():
    assert set(delays(daily())) == {0}


def test_the_delay_is_of_whole_seconds_within_the_jitter():
    found = delays(daily(jitter_seconds=5, jitter_seed="7"), 200)
    assert set(found) == {0, 1, 2, 3, 4, 5}


def test_the_delay_of_a_slot_never_changes():
    # Reckoned once and written down: other processes and later releases agree.
    assert delays(daily(jitter_seconds=600, jitter_seed="7"), 3) == [597, 282, 336]


def test_tasks_with_the_same_slots_are_spread():
    slot = NEW_YEAR.replace(hour=7)
    dues = {daily(jitter_seconds=3600, jitter_seed=str(n)).due(slot) for n in range(40)}
    assert len(dues) > 30


def test_a_slot_is_due_before_the_next_one_however_large_the_jitter():
    schedule = Schedule(
        type=ScheduleType.CRON, cron="*/2 * * * *", jitter_seconds=86_400
    )
    slots = schedule.upcoming(NEW_YEAR, 100)
    dues = [schedule.due(slot) for slot in slots]
    assert all(due < following for due, (_, following) in zip(dues, pairwise(slots)))  # noqa: B905


def test_a_slot_each_second_leaves_no_room():
    schedule = Schedule(
        type=ScheduleType.INTERVAL, interval_seconds=1, jitter_seconds=60
    )
    assert set(delays(schedule)) == {0}


def test_the_last_slot_has_the_whole_jitter():
    run_at = NEW_YEAR + timedelta(days=1)
    found = {
        Schedule(
            type=ScheduleType.ONCE, run_at=run_at, jitter_seconds=3, jitter_seed=str(n)
        ).due(run_at)
        for n in range(50)
    }
    assert found == {run_at + timedelta(seconds=n) for n in range(4)}


@pytest.mark.parametrize("seconds", [-1, 86_401, 1.5, True, None, "5"])
def test_a_jitter_that_is_no_number_of_seconds_of_a_day_is_refused(seconds):
    with pytest.raises(ScheduleError, match="whole seconds from 0 to 86400") as caught:
        daily(jitter_seconds=seconds)
    assert caught.value.field == "jitter_seconds"

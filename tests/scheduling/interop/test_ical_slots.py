"""A calendar program finds exactly the slots of the engine, for a year, wherever clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.interop.ical import export_ical
from scheduling.models import Calendar as OpenCalendar
from tests.scheduling.interop.ical_reading import (
    A_YEAR_LATER,
    NOW,
    a_task,
    firing,
    read,
    starts,
)

ZONES = [
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "UTC",
]
HOLIDAYS = {"2026-01-01": "", "2026-04-30": "", "2026-05-01": "", "2026-09-02": ""}
WORKDAYS = OpenCalendar(
    id="work", name="Work", weekdays=[1, 2, 3, 4, 5], dates=HOLIDAYS
)
TYPES = {
    "daily": {"schedule_type": "daily", "schedule_time": time(7)},
    "daily in the gap": {"schedule_type": "daily", "schedule_time": time(2, 15)},
    "daily with seconds": {"schedule_type": "daily", "schedule_time": time(2, 30, 15)},
    "daily at midnight": {"schedule_type": "daily", "schedule_time": time()},
    "weekly": {"schedule_type": "weekly", "schedule_time": time(9), "weekdays": [1, 3, 5]},
    "weekly in the gap": {"schedule_type": "weekly", "schedule_time": time(2, 30), "weekdays": [7]},
    "weekly on a Sunday": {"schedule_type": "weekly", "schedule_time": time(1, 30), "weekdays": [7]},
    "monthly": {"schedule_type": "monthly", "schedule_time": time(9), "month_days": [1, 15, 31]},
    "monthly, last": {"schedule_type": "monthly", "schedule_time": time(2, 30), "month_days": [29, "last"]},
    "once": {"schedule_type": "once", "run_at": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)},
    "every two days": {"schedule_type": "interval", "interval_seconds": 172_800},
    "every 90 minutes": {"schedule_type": "interval", "interval_seconds": 5_400},
    "every 10 000 seconds": {"schedule_type": "interval", "interval_seconds": 10_000},
    "cron, workdays": {"schedule_type": "cron", "cron_expression": "0 7 * * 1-5"},
    "cron, several times": {"schedule_type": "cron", "cron_expression": "5,35 2,9 * * *"},
    "cron, times of the gap": {"schedule_type": "cron", "cron_expression": "30 2,3 * * *"},
    "cron, following the clock": {"schedule_type": "cron", "cron_expression": "*/30 1-3 * * *"},
    "cron, every hour": {"schedule_type": "cron", "cron_expression": "0 * * * *"},
    "cron, every half hour": {"schedule_type": "cron", "cron_expression": "*/30 * * * *"},
    "cron, every second hour": {"schedule_type": "cron", "cron_expression": "10 */2 * * *"},
    "cron, one day or the other": {"schedule_type": "cron", "cron_expression": "0 9 15 * 1"},
    "cron, both days": {"schedule_type": "cron", "cron_expression": "0 9 */2 * 1"},
    "cron, months": {"schedule_type": "cron", "cron_expression": "30 2 1-7 3,10 *"},
    "cron, last Friday": {"schedule_type": "cron", "cron_expression": "0 17 * * 5L"},
    "cron, first and third Monday": {"schedule_type": "cron", "cron_expression": "0 17 * * 1#1,1#3"},
    "cron, Tuesdays and last Friday": {"schedule_type": "cron", "cron_expression": "0 17 * * 2,5L"},
    "cron, last workday": {"schedule_type": "cron", "cron_expression": "0 17 LW * *"},
    "cron, leap day": {"schedule_type": "cron", "cron_expression": "0 9 29 2 *"},
    "cron, seconds": {"schedule_type": "cron", "cron_expression": "0,30 15 9 * * 1", "cron_seconds": True},
    "holidays": {"schedule_type": "daily", "schedule_time": time(2, 30), "calendar": WORKDAYS},
    "holidays, moved": {"schedule_type": "weekly", "schedule_time": time(2, 30), "weekdays": [5, 7], "calendar": WORKDAYS, "on_closed_day": "shift"},
    "interval with holidays": {"schedule_type": "interval", "interval_seconds": 43_200, "calendar": WORKDAYS},
    "interval with holidays, moved": {"schedule_type": "interval", "interval_seconds": 86_400, "calendar": WORKDAYS, "on_closed_day": "shift"},
    "excluded dates": {"schedule_type": "daily", "schedule_time": time(23, 30), "excluded_dates": ["2026-01-01", "2026-03-29", "2026-12-31"]},
    "from and until": {"schedule_type": "daily", "schedule_time": time(2, 30), "start_at": datetime(2026, 2, 3, 4, tzinfo=UTC), "end_at": datetime(2026, 11, 5, 6, tzinfo=UTC)},
}  # fmt: skip


DENSE = {
    "every 90 minutes",
    "every 10 000 seconds",
    "cron, several times",
    "cron, following the clock",
    "cron, every hour",
    "cron, every half hour",
    "cron, every second hour",
}
"""Of so many slots only those of the weeks around the changes are compared, for speed."""
YEAR = [(NOW, A_YEAR_LATER)]
CHANGES = [
    (datetime(2026, month, day, tzinfo=UTC), datetime(2026, month, day + 3, tzinfo=UTC))
    for month, day in [(2, 14), (3, 7), (3, 21), (3, 28), (4, 4), (10, 3), (10, 24)]
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", TYPES)
def test_a_calendar_program_finds_exactly_the_slots_of_a_year(kind, zone):
    task = a_task(timezone=zone, **TYPES[kind])
    calendar = read(export_ical([task], now=NOW))

    for begin, end in CHANGES if kind in DENSE else YEAR:
        assert starts(calendar, begin, end) == firing(task.schedule, begin, end)


@pytest.mark.parametrize("remaining", [1, 3, 100])
@pytest.mark.parametrize(
    "kind", ["daily in the gap", "weekly", "holidays", "cron, one day or the other"]
)
def test_no_more_events_than_runs_are_left(kind, remaining):
    task = a_task(timezone="Europe/Berlin", max_runs=remaining + 5, **TYPES[kind])
    task.scheduled_runs = 5
    task.next_slot = NOW

    expected = firing(task.schedule, NOW, A_YEAR_LATER)
    assert starts(read(export_ical([task], now=NOW))) == expected[:remaining]


def field(least: int, most: int) -> st.SearchStrategy[str]:
    values = st.lists(st.integers(least, most), min_size=1, max_size=3, unique=True)
    lists = values.map(lambda found: ",".join(map(str, found)))
    return st.one_of(st.just("*"), st.sampled_from(["*/2", "*/3"]), lists)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    line=st.tuples(
        st.sampled_from(["0", "30", "15,45", "*/30", "*/20"]),
        st.one_of(field(0, 4), field(0, 23)),
        st.one_of(st.just("*"), field(1, 31)),
        st.just("*"),
        st.one_of(st.just("*"), field(0, 7)),
    ).map(" ".join),
    zone=st.sampled_from(ZONES),
    change=st.sampled_from(CHANGES),
    closed=st.lists(st.sampled_from(["2026-03-08", "2026-03-29", "2026-10-04", "2026-10-25"])),
)  # fmt: skip
def test_whatever_a_cron_line_says_its_slots_are_found(line, zone, change, closed):
    fields = {"schedule_type": "cron", "cron_expression": line}
    task = a_task(timezone=zone, excluded_dates=closed, **fields)
    begin, end = change

    text = export_ical([task], now=begin)

    assert starts(read(text), begin, end) == firing(task.schedule, begin, end)

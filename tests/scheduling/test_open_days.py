"""Closed days: what fires, what is moved, and what that costs."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling.open_days import OpenDays
from scheduling.schedule import Schedule, ScheduleError, ScheduleType

BUSINESS_DAYS = OpenDays(weekdays=frozenset(range(1, 6)))
FRIDAY = datetime(2026, 1, 2, 12, tzinfo=UTC)
SATURDAY = FRIDAY + timedelta(days=1)
MONDAY = FRIDAY + timedelta(days=3)


def cron(line: str, **fields: Any) -> Schedule:
    fields = {"timezone": "UTC", "open_days": BUSINESS_DAYS} | fields
    return Schedule(type=ScheduleType.CRON, cron=line, **fields)


def shown(schedule: Schedule, after: datetime, count: int) -> list[str]:
    slots = schedule.upcoming(after, count)
    return [f"{s.astimezone(schedule.zone):%a %d.%m. %H:%M}" for s in slots]


def test_a_weekday_that_is_not_open_is_closed():
    assert BUSINESS_DAYS.is_open(date(2026, 1, 2))
    assert not BUSINESS_DAYS.is_open(date(2026, 1, 3))


def test_listed_dates_are_closed():
    days = OpenDays(dates=frozenset({date(2026, 1, 1)}))
    assert not days.is_open(date(2026, 1, 1))
    assert days.is_open(date(2026, 1, 2))


def test_with_only_the_listed_dates_are_the_open_ones():
    days = OpenDays(dates=frozenset({date(2026, 1, 1)}), only=True)
    assert days.is_open(date(2026, 1, 1))
    assert not days.is_open(date(2026, 1, 2))


def test_excluded_dates_are_closed_whatever_the_calendar_says():
    first = frozenset({date(2026, 1, 1)})
    assert not OpenDays(dates=first, only=True, excluded=first).is_open(
        date(2026, 1, 1)
    )


def test_the_next_open_day_is_strictly_later():
    assert BUSINESS_DAYS.next_open(date(2026, 1, 1)) == date(2026, 1, 2)
    assert BUSINESS_DAYS.next_open(date(2026, 1, 2)) == date(2026, 1, 5)


@pytest.mark.parametrize("day", [date(2026, 1, 1), date.max, date.max - timedelta(1)])
def test_a_calendar_without_open_days_has_no_next_one(day):
    assert OpenDays(weekdays=frozenset()).next_open(day) is None


def test_closed_days_have_slots_that_do_not_fire():
    schedule = cron("0 9 * * *")
    assert shown(schedule, FRIDAY, 3) == [
        "Sat 03.01. 09:00",
        "Sun 04.01. 09:00",
        "Mon 05.01. 09:00",
    ]
    fires = [schedule.is_open(slot) for slot in schedule.upcoming(FRIDAY, 3)]
    assert fires == [False, False, True]


def test_which_day_it_is_the_zone_of_the_schedule_decides():
    # Friday 23:00 UTC is Saturday in Ho Chi Minh City.
    slot = datetime(2026, 1, 2, 23, tzinfo=UTC)
    assert cron("0 * * * *").is_open(slot)
    assert not cron("0 * * * *", timezone="Asia/Ho_Chi_Minh").is_open(slot)


def test_the_next_slot_that_fires_passes_over_closed_days():
    expected = datetime(2026, 1, 5, tzinfo=UTC)
    assert cron("* * * * *").next_open_after(SATURDAY) == expected


def test_a_shifted_slot_comes_on_the_next_open_day_at_the_same_time():
    assert shown(cron("0 9 3 * *", shift=True), FRIDAY, 3) == [
        "Sat 03.01. 09:00",
        "Mon 05.01. 09:00",
        "Tue 03.02. 09:00",
    ]


def test_a_shifted_slot_joins_one_that_is_there():
    assert shown(cron("0 9 * * *", shift=True), FRIDAY, 4)[2:] == [
        "Mon 05.01. 09:00",
        "Tue 06.01. 09:00",
    ]


def test_a_schedule_is_asked_in_the_middle_of_closed_days():
    schedule = cron("0 9 3 * *", shift=True)
    assert shown(schedule, SATURDAY, 1) == ["Mon 05.01. 09:00"]
    early_on_monday = MONDAY.replace(hour=8)
    assert shown(schedule, early_on_monday, 1) == ["Mon 05.01. 09:00"]
    assert shown(schedule, MONDAY, 1) == ["Tue 03.02. 09:00"]


def test_a_once_slot_can_be_shifted():
    schedule = Schedule(
        type=ScheduleType.ONCE,
        run_at=SATURDAY,
        timezone="UTC",
        open_days=BUSINESS_DAYS,
        shift=True,
    )
    assert schedule.upcoming(FRIDAY, 5) == [SATURDAY, MONDAY]
    assert schedule.next_open_after(FRIDAY) == MONDAY
    assert schedule.count_between(FRIDAY, MONDAY) == 2
    assert schedule.latest_between(FRIDAY, MONDAY) == MONDAY


def test_the_slots_of_an_interval_can_be_shifted():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=25 * 3600,
        anchor=FRIDAY,
        timezone="UTC",
        open_days=BUSINESS_DAYS,
        shift=True,
    )
    assert shown(schedule, FRIDAY, 5) == [
        "Sat 03.01. 13:00",
        "Sun 04.01. 14:00",
        "Mon 05.01. 13:00",
        "Mon 05.01. 14:00",
        "Mon 05.01. 15:00",
    ]


def test_a_slot_shifted_beyond_the_end_is_dropped():
    days = OpenDays(excluded=frozenset({SATURDAY.date()}))
    schedule = cron("0 9 3 * *", shift=True, open_days=days, end_at=SATURDAY)
    assert shown(schedule, FRIDAY, 5) == ["Sat 03.01. 09:00"]


def test_a_slot_before_the_start_is_not_shifted_behind_it():
    schedule = cron("0 9 3 * *", shift=True, start_at=SATURDAY)
    assert shown(schedule, FRIDAY, 1) == ["Tue 03.02. 09:00"]


def test_a_slot_is_shifted_to_the_end_of_a_gap():
    # The clocks of New York go from 02:00 to 03:00 on 8 March 2026.
    days = OpenDays(excluded=frozenset({date(2026, 3, 7)}))
    schedule = cron(
        "30 2 7 * *", timezone="America/New_York", open_days=days, shift=True
    )
    after = datetime(2026, 3, 7, tzinfo=UTC)
    assert shown(schedule, after, 2) == ["Sat 07.03. 02:30", "Sun 08.03. 03:00"]


def test_out_of_a_gap_the_nominal_time_is_shifted():
    # 02:30 does not exist on Sunday; on Monday it does, and is a slot anyway.
    schedule = cron("30 2 * * *", timezone="America/New_York", shift=True)
    after = datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert shown(schedule, after, 3) == [
        "Sun 08.03. 03:00",
        "Mon 09.03. 02:30",
        "Tue 10.03. 02:30",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "weekly", "time": time(7), "weekdays": (6, 7)},
        {"type": "cron", "cron": "0 7 * * 0"},
        {"type": "once", "run_at": SATURDAY},
    ],
)
def test_a_calendar_that_leaves_no_day_of_the_schedule_open_is_refused(fields):
    with pytest.raises(ScheduleError) as caught:
        Schedule(open_days=BUSINESS_DAYS, calendar_name="Office", **fields)
    assert (caught.value.field, caught.value.value) == ("calendar", "Office")
    shifted = Schedule(open_days=BUSINESS_DAYS, shift=True, **fields)
    assert shifted.next_open_after(FRIDAY) is not None


def test_excluded_dates_that_leave_nothing_are_named_where_there_is_no_calendar():
    excluded = OpenDays(excluded=frozenset({SATURDAY.date()}))
    with pytest.raises(ScheduleError) as caught:
        Schedule(type="once", run_at=SATURDAY, timezone="UTC", open_days=excluded)
    assert caught.value.field == "excluded_dates"
    assert caught.value.value == str(SATURDAY.date())


def test_a_calendar_without_open_days_is_refused_and_soon():
    began = clock.process_time()
    with pytest.raises(ScheduleError, match="calendar"):
        cron("* * * * *", open_days=OpenDays(weekdays=frozenset()), shift=True)
    assert clock.process_time() - began < 1


def test_an_interval_without_open_days_ends_in_nothing():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=60,
        open_days=OpenDays(weekdays=frozenset()),
    )
    assert schedule.next_open_after(FRIDAY) is None


def test_an_only_open_date_years_ahead_is_accepted():
    days = OpenDays(dates=frozenset({date(2031, 5, 5)}), only=True)
    schedule = cron("0 9 * * *", open_days=days)
    expected = datetime(2031, 5, 5, 9, tzinfo=UTC)
    assert schedule.next_open_after(expected - timedelta(days=1500)) == expected
    assert schedule.next_open_after(expected - timedelta(days=1900)) is None


def test_a_leap_day_may_have_to_wait_for_an_open_weekday():
    sundays = OpenDays(weekdays=frozenset({7}))
    schedule = cron("0 9 29 2 *", open_days=sundays)
    expected = datetime(2032, 2, 29, 9, tzinfo=UTC)
    assert schedule.next_open_after(datetime(2028, 3, 1, tzinfo=UTC)) == expected


@pytest.mark.parametrize("shift", [False, True])
def test_a_long_outage_with_a_calendar_costs_next_to_nothing(shift):
    schedule = cron("* * * * *", timezone="Europe/Warsaw", shift=shift)
    began = clock.process_time()
    assert schedule.count_between(FRIDAY, FRIDAY + timedelta(days=365)) == 365 * 1440
    assert schedule.latest_between(FRIDAY, FRIDAY + timedelta(days=365))
    assert clock.process_time() - began < 1  # usually 25 ms


def test_a_schedule_of_none_has_no_slots():
    schedule = Schedule(type=ScheduleType.NONE, start_at=FRIDAY, end_at=MONDAY)
    assert schedule.next_after(FRIDAY) is None
    assert schedule.next_open_after(FRIDAY) is None
    assert schedule.count_between(FRIDAY, MONDAY) == 0
    assert schedule.latest_between(FRIDAY, MONDAY) is None
    with_calendar = Schedule(
        type=ScheduleType.NONE, open_days=BUSINESS_DAYS, shift=True
    )
    assert list(with_calendar.between(FRIDAY, MONDAY)) == []

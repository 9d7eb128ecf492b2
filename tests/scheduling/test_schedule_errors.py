"""What a schedule refuses, and how it says so."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, time
from typing import Any

import pytest

from scheduling.schedule import Schedule, ScheduleError, ScheduleType, parse_time

NAIVE = datetime(2026, 1, 15)  # noqa: DTZ001  the mistake under test
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NEXT_DAY = datetime(2026, 1, 2, tzinfo=UTC)


def refused(**fields: Any) -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        Schedule(**fields)
    return caught.value


def refused_cron(line: Any) -> ScheduleError:
    return refused(type=ScheduleType.CRON, cron=line)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"type": "yearly"}, "schedule_type"),
        ({"type": "once"}, "run_at"),
        ({"type": "once", "run_at": NAIVE}, "run_at"),
        ({"type": "once", "run_at": "2026-01-15"}, "run_at"),
        ({"type": "once", "run_at": datetime(1969, 1, 1, tzinfo=UTC)}, "run_at"),
        ({"type": "once", "run_at": NEW_YEAR, "start_at": NEXT_DAY}, "run_at"),
        ({"type": "once", "run_at": NEXT_DAY, "end_at": NEW_YEAR}, "run_at"),
        ({"type": "interval"}, "interval_seconds"),
        ({"type": "interval", "interval_seconds": 0}, "interval_seconds"),
        ({"type": "interval", "interval_seconds": -5}, "interval_seconds"),
        ({"type": "interval", "interval_seconds": 1.5}, "interval_seconds"),
        ({"type": "interval", "interval_seconds": True}, "interval_seconds"),
        ({"type": "interval", "interval_seconds": 10**12}, "interval_seconds"),
        ({"type": "daily"}, "schedule_time"),
        ({"type": "daily", "time": "07:00"}, "schedule_time"),
        ({"type": "daily", "time": time(7, tzinfo=UTC)}, "schedule_time"),
        ({"type": "daily", "time": time(7, 0, 0, 1)}, "schedule_time"),
        ({"type": "weekly", "weekdays": (1,)}, "schedule_time"),
        ({"type": "weekly", "time": time(7)}, "weekdays"),
        ({"type": "weekly", "time": time(7), "weekdays": (0,)}, "weekdays"),
        ({"type": "weekly", "time": time(7), "weekdays": (1, 8)}, "weekdays"),
        ({"type": "weekly", "time": time(7), "weekdays": "15"}, "weekdays"),
        ({"type": "weekly", "time": time(7), "weekdays": (True,)}, "weekdays"),
        ({"type": "monthly", "month_days": (1,)}, "schedule_time"),
        ({"type": "monthly", "time": time(7)}, "month_days"),
        ({"type": "monthly", "time": time(7), "month_days": (0,)}, "month_days"),
        ({"type": "monthly", "time": time(7), "month_days": (32,)}, "month_days"),
        ({"type": "monthly", "time": time(7), "month_days": ("first",)}, "month_days"),
        ({"type": "cron"}, "cron_expression"),
        ({"type": "daily", "time": time(7), "timezone": "Hanoi"}, "timezone"),
        ({"type": "daily", "time": time(7), "start_at": NAIVE}, "start_at"),
        ({"type": "daily", "time": time(7), "end_at": NAIVE}, "end_at"),
    ],
)
def test_a_bad_field_is_named(fields, name):
    assert refused(**fields).field == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "America",
        "asia/ho_chi_minh",
        "../etc/passwd",
        "zone.tab",
        "a\0b",
        "x" * 5000,
        "localtime",
        "right/UTC",
        None,
        7,
    ],
)
def test_what_is_no_time_zone_everywhere_is_refused(name):
    error = refused(type=ScheduleType.DAILY, time=time(7), timezone=name)
    assert error.field == "timezone"
    assert error.value == name
    assert "Asia/Ho_Chi_Minh" in str(error)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("61 * * * *", "minute '61' is not possible here; expected 0-59"),
        ("* 24 * * *", "hour '24' is not possible here; expected 0-23"),
        ("* * 0 * *", "day-of-month '0' is not possible here; expected 1-31"),
        ("* * ? * *", "day-of-month '?' is not possible here"),
        ("* * * 13 *", "month '13' is not possible here; expected 1-12"),
        ("* * * * 8", "day-of-week '8' is not possible here; expected 0-7"),
        ("5-1 * * * *", "minute '5-1' is not possible here"),
        ("*/0 * * * *", "minute '*/0' is not possible here"),
        ("* * *", "has 3 fields; expected five"),
        ("0 0 7 * * *", "a field for seconds is taken only where the task says so"),
        ("@reboot", "unknown alias; known are @yearly"),
        ("@every 5m", "is a length of time, not cron; use an interval instead"),
        ("   ", "expected five fields: minute hour"),
        (None, "expected five fields: minute hour"),
        ("1," * 200 + "1 * * * *", "at most 200 characters"),
    ],
)
def test_a_bad_cron_line_is_explained(line, part):
    error = refused_cron(line)
    assert error.field == "cron_expression"
    assert part in str(error)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("0 7 * * *", "has 5 fields; expected six: second minute hour"),
        ("0 0 7 * * * *", "has 7 fields; expected six: second minute hour"),
        ("", "expected six fields: second minute hour"),
        ("60 0 7 * * *", "second '60' is not possible here; expected 0-59"),
        ("0 0 24 * * *", "hour '24' is not possible here; expected 0-23"),
        ("0 0 0 31 2 *", "never fires; the months '2' have no day '31'"),
        ("@every 5m", "use an interval instead"),
    ],
)
def test_a_bad_line_with_seconds_is_explained(line, part):
    error = refused(type=ScheduleType.CRON, cron=line, cron_seconds=True)
    assert error.field == "cron_expression"
    assert part in str(error)


@pytest.mark.parametrize("line", ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_a_date_that_no_month_has_is_refused(line):
    assert "never fires; the months" in str(refused_cron(line))


def test_a_cron_line_whose_days_never_meet_is_refused():
    # Of the dates 1, 9, 17, 25 none can be a fifth Monday.
    assert str(refused_cron("0 0 */8 2 MON#5")).endswith("never fires")


def test_an_end_before_the_start_is_refused():
    error = refused(
        type=ScheduleType.DAILY, time=time(7), start_at=NEXT_DAY, end_at=NEW_YEAR
    )
    assert error.field == "end_at"


def test_a_window_without_a_single_slot_is_refused():
    error = refused(
        type=ScheduleType.WEEKLY,
        time=time(7),
        weekdays=(1,),  # NEW_YEAR is a Thursday
        start_at=NEW_YEAR,
        end_at=NEXT_DAY,
    )
    assert error.field == "end_at"
    assert "no slot from start_at" in str(error)


def test_an_interval_may_be_longer_than_its_window():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=10**6,
        anchor=NEW_YEAR,
        start_at=NEW_YEAR,
        end_at=NEXT_DAY,
    )
    assert schedule.next_after(NEW_YEAR) is None


def test_a_naive_anchor_is_refused():
    with pytest.raises(ValueError, match=r"anchor .* has no time zone"):
        Schedule(type=ScheduleType.INTERVAL, interval_seconds=5, anchor=NAIVE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "9",
        "7.05",
        "24:00",
        "12:60",
        "12:00:60",
        "-1:00",
        "7:5",
        "٧:٠٥",
        "7:05pm",
    ],
)
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ScheduleError, match="expected") as caught:
        parse_time(text)
    assert caught.value.field == "schedule_time"
    assert caught.value.value == text


def test_a_time_that_yaml_made_a_number_is_refused():
    with pytest.raises(ScheduleError, match="schedule_time '425': expected HH:MM"):
        parse_time(425)


def test_a_long_value_is_shortened_in_the_message():
    assert len(str(refused_cron("x" * 10_000))) < 250


def test_an_error_survives_the_way_to_another_process():
    error = refused_cron("61 * * * *")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (copy.field, copy.value, str(copy)) == (error.field, error.value, str(error))

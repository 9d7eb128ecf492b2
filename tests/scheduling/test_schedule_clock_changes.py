"""The rule for the hour that is missing and the hour that is twice."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import pairwise

import pytest

from scheduling.schedule import Schedule, ScheduleType

NEW_YORK, WARSAW = "America/New_York", "Europe/Warsaw"
LORD_HOWE = "Australia/Lord_Howe"  # moves by half an hour, at 02:00


def cron(line: str, zone: str) -> Schedule:
    return Schedule(type=ScheduleType.CRON, cron=line, timezone=zone)


def slots(schedule: Schedule, day: str) -> str:
    """Return the slots shown on one local day as '01:30-04 03:00-05', with offsets."""
    date = datetime.fromisoformat(day).date()
    start = datetime.combine(date, time(), UTC).timestamp() - 36 * 3600
    begin, end = (
        datetime.fromtimestamp(start + hours * 3600, UTC) for hours in (0, 96)
    )
    local = (slot.astimezone(schedule.zone) for slot in schedule.between(begin, end))
    return " ".join(
        f"{slot:%H:%M%z}".removesuffix("00") for slot in local if slot.date() == date
    )


@pytest.mark.parametrize(
    ("zone", "day", "line", "expected"),
    [
        # The spring gap: fixed times fire at its end, together.
        (NEW_YORK, "2026-03-08", "30 2 * * *", "03:00-04"),
        (NEW_YORK, "2026-03-08", "0,15,30 2 * * *", "03:00-04"),
        (NEW_YORK, "2026-03-08", "0 1,2,3 * * *", "01:00-05 03:00-04"),
        (NEW_YORK, "2026-03-08", "0 9 * * *", "09:00-04"),
        (WARSAW, "2026-03-29", "30 2 * * *", "03:00+02"),
        (LORD_HOWE, "2026-10-04", "15 2 * * *", "02:30+11"),
        (LORD_HOWE, "2026-10-04", "30 2 * * *", "02:30+11"),
        ("Africa/Cairo", "2026-04-24", "0 0 * * *", "01:00+03"),
        # The spring gap: what follows the clock leaves out what is not shown.
        (
            NEW_YORK,
            "2026-03-08",
            "*/30 1-3 * * *",
            "01:00-05 01:30-05 03:00-04 03:30-04",
        ),
        (NEW_YORK, "2026-03-08", "*/30 2 * * *", ""),
        (
            LORD_HOWE,
            "2026-10-04",
            "*/15 3 * * *",
            "03:00+11 03:15+11 03:30+11 03:45+11",
        ),
        # The autumn hour: fixed times fire in the first pass only.
        (NEW_YORK, "2026-11-01", "30 1 * * *", "01:30-04"),
        (NEW_YORK, "2026-11-01", "0,30 1 * * *", "01:00-04 01:30-04"),
        (NEW_YORK, "2026-11-01", "0 9 * * *", "09:00-05"),
        (WARSAW, "2026-10-25", "30 2 * * *", "02:30+02"),
        (LORD_HOWE, "2026-04-05", "45 1 * * *", "01:45+11"),
        # The autumn hour: what follows the clock fires in both passes.
        (NEW_YORK, "2026-11-01", "*/30 1 * * *", "01:00-04 01:30-04 01:00-05 01:30-05"),
        (WARSAW, "2026-10-25", "*/30 2 * * *", "02:00+02 02:30+02 02:00+01 02:30+01"),
        (LORD_HOWE, "2026-04-05", "*/30 1 * * *", "01:00+11 01:30+11 01:30+1030"),
        (LORD_HOWE, "2026-04-05", "*/30 3 * * *", "03:00+1030 03:30+1030"),
    ],
)
def test_a_cron_line_on_the_day_the_clocks_change(zone, day, line, expected):
    assert slots(cron(line, zone), day) == expected


@pytest.mark.parametrize(
    ("zone", "day", "when", "expected"),
    [
        (NEW_YORK, "2026-03-08", time(2, 30), "03:00-04"),
        (NEW_YORK, "2026-03-08", time(2, 30, 15), "03:00-04"),
        (WARSAW, "2026-03-29", time(2, 30), "03:00+02"),
        (LORD_HOWE, "2026-10-04", time(2, 15), "02:30+11"),
        (NEW_YORK, "2026-11-01", time(1, 30), "01:30-04"),
        (WARSAW, "2026-10-25", time(2, 30), "02:30+02"),
    ],
)
def test_daily_weekly_and_monthly_agree_with_cron(zone, day, when, expected):
    date = datetime.fromisoformat(day).date()
    timing = {"timezone": zone, "time": when}
    for schedule in (
        Schedule(type=ScheduleType.DAILY, **timing),
        Schedule(type=ScheduleType.WEEKLY, weekdays=(date.isoweekday(),), **timing),
        Schedule(type=ScheduleType.MONTHLY, month_days=(date.day,), **timing),
        cron(f"{when.minute} {when.hour} * * *", zone),
    ):
        assert slots(schedule, day) == expected


def test_asked_in_the_second_pass_a_fixed_time_is_over_for_the_day():
    schedule = Schedule(type=ScheduleType.DAILY, time=time(1, 30), timezone=NEW_YORK)
    second_pass = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)  # 01:15 EST
    assert schedule.next_after(second_pass) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_an_hourly_line_neither_pauses_nor_doubles_over_a_whole_hour_change():
    for day in ("2026-03-08", "2026-11-01"):
        begin = datetime.fromisoformat(day).replace(tzinfo=UTC)
        hours = cron("0 * * * *", NEW_YORK).upcoming(begin, 30)
        gaps = {(b - a).total_seconds() for a, b in pairwise(hours)}
        assert gaps == {3600}


def test_a_day_of_twenty_five_hours_has_twenty_five_hourly_slots():
    assert len(slots(cron("15 * * * *", NEW_YORK), "2026-11-01").split()) == 25
    assert len(slots(cron("15 * * * *", NEW_YORK), "2026-03-08").split()) == 23


def test_an_interval_knows_no_clock_change():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=3600,
        timezone=NEW_YORK,
        anchor=datetime(2026, 3, 8, 4, 30, tzinfo=UTC),
    )
    assert slots(schedule, "2026-03-08").startswith("00:30-05 01:30-05 03:30-04")


def test_a_gap_over_midnight_moves_the_slot_to_the_new_day():
    # Nuuk jumps from Saturday 23:00 to Sunday 00:00.
    schedule = Schedule(
        type=ScheduleType.WEEKLY,
        time=time(23, 30),
        weekdays=(6,),
        timezone="America/Nuuk",
    )
    assert slots(schedule, "2026-03-28") == ""
    assert slots(schedule, "2026-03-29") == "00:00-01"


def test_a_day_that_a_zone_left_out_fires_at_the_start_of_the_next():
    # Samoa crossed the date line: after 29 December 2011 came the 31st.
    schedule = Schedule(type=ScheduleType.DAILY, time=time(9), timezone="Pacific/Apia")
    assert slots(schedule, "2011-12-30") == ""
    assert slots(schedule, "2011-12-31") == "00:00+14 09:00+14"


def test_without_clock_changes_every_day_is_like_the_other():
    schedule = cron("*/30 * * * *", "Asia/Ho_Chi_Minh")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert schedule.count_between(start, datetime(2027, 1, 1, tzinfo=UTC)) == 365 * 48

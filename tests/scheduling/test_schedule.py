"""The slots of each type of schedule, away from any change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from scheduling.schedule import Schedule, ScheduleType, parse_time

HANOI = "Asia/Ho_Chi_Minh"


def at(text: str) -> datetime:
    """Read `2026-01-15 08:30`, UTC unless an offset is given."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def daily(hour: int, minute: int = 0, **fields: Any) -> Schedule:
    return Schedule(type=ScheduleType.DAILY, time=time(hour, minute), **fields)


def cron(line: str, timezone: str = "UTC", **fields: Any) -> Schedule:
    return Schedule(type=ScheduleType.CRON, cron=line, timezone=timezone, **fields)


def shown(schedule: Schedule, after: str, count: int) -> list[str]:
    """Return the next slots as the wall clock of the schedule shows them."""
    slots = schedule.upcoming(at(after), count)
    return [f"{slot.astimezone(schedule.zone):%Y-%m-%d %H:%M}" for slot in slots]


def test_a_once_schedule_fires_at_its_moment_and_never_again():
    schedule = Schedule(type=ScheduleType.ONCE, run_at=at("2026-01-15 09:00+07:00"))
    assert schedule.next_after(at("2026-01-15 01:59:59")) == at("2026-01-15 02:00")
    assert schedule.next_after(at("2026-01-15 02:00")) is None


def test_slots_are_told_in_utc():
    slot = daily(7).next_after(at("2026-01-15 00:00"))
    assert slot == at("2026-01-16 00:00")
    assert slot is not None
    assert slot.tzinfo is UTC


def test_the_default_time_zone_is_that_of_ho_chi_minh_city():
    assert shown(daily(7), "2026-01-14 23:00", 1) == ["2026-01-15 07:00"]


def test_next_is_strictly_after_the_instant_asked_about():
    schedule = daily(7, timezone="UTC")
    assert schedule.next_after(at("2026-01-15 07:00")) == at("2026-01-16 07:00")
    just_before = at("2026-01-15 07:00") - timedelta(microseconds=1)
    assert schedule.next_after(just_before) == at("2026-01-15 07:00")


def test_an_instant_of_another_zone_is_the_same_instant():
    schedule = daily(7, timezone="UTC")
    assert schedule.next_after(at("2026-01-15 13:59+07:00")) == at("2026-01-15 07:00")


def test_a_daily_time_may_have_seconds():
    schedule = Schedule(
        type=ScheduleType.DAILY, time=time(7, 5, 30), timezone="Europe/Warsaw"
    )
    assert schedule.next_after(at("2026-01-15 00:00")) == at("2026-01-15 06:05:30")


def test_a_weekly_schedule_fires_on_each_of_its_iso_weekdays():
    schedule = Schedule(
        type=ScheduleType.WEEKLY, time=time(9), weekdays=(7, 1), timezone="UTC"
    )
    # 2026-01-15 is a Thursday.
    assert shown(schedule, "2026-01-15 00:00", 3) == [
        "2026-01-18 09:00",
        "2026-01-19 09:00",
        "2026-01-25 09:00",
    ]


def test_a_monthly_schedule_skips_months_without_its_date():
    schedule = Schedule(
        type=ScheduleType.MONTHLY, time=time(9), month_days=(31,), timezone="UTC"
    )
    assert shown(schedule, "2026-01-31 10:00", 3) == [
        "2026-03-31 09:00",
        "2026-05-31 09:00",
        "2026-07-31 09:00",
    ]


def test_a_monthly_schedule_knows_the_last_day_in_leap_years_too():
    schedule = Schedule(
        type=ScheduleType.MONTHLY, time=time(9), month_days=("last",), timezone="UTC"
    )
    assert shown(schedule, "2028-01-31 10:00", 3) == [
        "2028-02-29 09:00",
        "2028-03-31 09:00",
        "2028-04-30 09:00",
    ]


def test_a_date_that_is_also_the_last_day_fires_once():
    schedule = Schedule(
        type=ScheduleType.MONTHLY,
        time=time(9),
        month_days=(1, 30, "last"),
        timezone="UTC",
    )
    assert shown(schedule, "2026-04-02 00:00", 4) == [
        "2026-04-30 09:00",
        "2026-05-01 09:00",
        "2026-05-30 09:00",
        "2026-05-31 09:00",
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 7 * * 1-5", ["2026-01-16 07:00", "2026-01-19 07:00"]),
        ("0 7 * * 0", ["2026-01-18 07:00", "2026-01-25 07:00"]),
        ("0 7 * * 7", ["2026-01-18 07:00", "2026-01-25 07:00"]),
        ("0 7 * * sun", ["2026-01-18 07:00", "2026-01-25 07:00"]),
        ("0 7 * * 1#1", ["2026-02-02 07:00", "2026-03-02 07:00"]),
        ("0 7 * * 5L", ["2026-01-30 07:00", "2026-02-27 07:00"]),
        ("0 7 LW * *", ["2026-01-30 07:00", "2026-02-27 07:00"]),
        ("*/20 * * * *", ["2026-01-15 12:20", "2026-01-15 12:40"]),
        ("0 9 29 2 *", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("@hourly", ["2026-01-15 13:00", "2026-01-15 14:00"]),
        ("@daily", ["2026-01-16 00:00", "2026-01-17 00:00"]),
        ("@midnight", ["2026-01-16 00:00", "2026-01-17 00:00"]),
        ("@Weekly", ["2026-01-18 00:00", "2026-01-25 00:00"]),
        ("@monthly", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        ("@yearly", ["2027-01-01 00:00", "2028-01-01 00:00"]),
        (" @annually ", ["2027-01-01 00:00", "2028-01-01 00:00"]),
    ],
)
def test_a_cron_line_means_what_unix_says(line, expected):
    assert shown(cron(line), "2026-01-15 12:00", 2) == expected


def test_day_of_month_and_day_of_week_are_alternatives():
    assert shown(cron("0 9 13 * 5"), "2026-11-01 00:00", 4) == [
        "2026-11-06 09:00",
        "2026-11-13 09:00",
        "2026-11-20 09:00",
        "2026-11-27 09:00",
    ]
    assert shown(cron("0 9 13 * 5"), "2026-12-12 00:00", 1) == ["2026-12-13 09:00"]


def test_a_day_field_that_starts_with_a_star_narrows_the_other():
    # Odd dates that are Mondays.
    assert shown(cron("0 9 */2 * 1"), "2026-01-15 00:00", 2) == [
        "2026-01-19 09:00",
        "2026-02-09 09:00",
    ]


def test_an_interval_counts_from_its_anchor_and_does_not_drift():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=90,
        anchor=at("2026-01-15 08:30:15"),
    )
    assert schedule.upcoming(at("2026-01-15 00:00"), 2) == [
        at("2026-01-15 08:31:45"),
        at("2026-01-15 08:33:15"),
    ]
    assert schedule.next_after(at("2026-02-15 08:30:16")) == at("2026-02-15 08:31:45")


def test_an_interval_without_anchor_starts_with_its_start():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=3600,
        start_at=at("2026-01-15 09:30"),
    )
    assert schedule.next_after(at("2026-01-01 00:00")) == at("2026-01-15 09:30")


def test_an_interval_with_neither_anchor_nor_start_is_aligned_to_1970():
    schedule = Schedule(type=ScheduleType.INTERVAL, interval_seconds=3600)
    assert schedule.next_after(at("2026-01-15 09:59:59")) == at("2026-01-15 10:00")


def test_the_anchor_of_an_interval_need_not_lie_within_its_bounds():
    schedule = Schedule(
        type=ScheduleType.INTERVAL,
        interval_seconds=3600,
        anchor=at("2026-01-15 08:30"),
        start_at=at("2026-01-16 00:00"),
        end_at=at("2026-01-16 01:30"),
    )
    assert schedule.upcoming(at("2026-01-01 00:00"), 9) == [
        at("2026-01-16 00:30"),
        at("2026-01-16 01:30"),
    ]


def test_start_and_end_are_both_inclusive():
    schedule = daily(
        7,
        timezone="UTC",
        start_at=at("2026-01-15 07:00"),
        end_at=at("2026-01-17 07:00"),
    )
    assert shown(schedule, "2000-01-01 00:00", 9) == [
        "2026-01-15 07:00",
        "2026-01-16 07:00",
        "2026-01-17 07:00",
    ]


def test_upcoming_gives_as_many_slots_as_there_are():
    schedule = Schedule(type=ScheduleType.ONCE, run_at=at("2026-01-15 09:00"))
    assert schedule.upcoming(at("2026-01-01 00:00"), 5) == [at("2026-01-15 09:00")]


def test_between_excludes_its_first_and_includes_its_last_moment():
    slots = cron("0 * * * *").between(at("2026-01-15 09:00"), at("2026-01-15 11:00"))
    assert list(slots) == [at("2026-01-15 10:00"), at("2026-01-15 11:00")]


def test_between_stops_at_its_limit():
    far = at("2999-01-01 00:00")
    slots = cron("* * * * *").between(at("2026-01-15 09:00"), far, limit=3)
    assert len(list(slots)) == 3


def test_between_of_a_reversed_span_is_empty():
    late, early = at("2026-01-16 00:00"), at("2026-01-15 00:00")
    assert list(cron("* * * * *").between(late, early)) == []


def test_no_slot_lies_beyond_the_horizon():
    for schedule in (
        cron("* * * * *", "Asia/Tokyo"),
        Schedule(type=ScheduleType.INTERVAL, interval_seconds=60),
    ):
        assert schedule.next_after(datetime.max.replace(tzinfo=UTC)) is None
        assert schedule.next_after(at("9000-01-01 00:00")) is None


def test_asking_from_the_beginning_of_time_gives_the_first_slot_after_1970():
    schedule = daily(7, timezone="America/New_York")
    first = at("1970-01-01 12:00")
    assert schedule.next_after(datetime.min.replace(tzinfo=UTC)) == first


def test_the_type_may_come_as_the_plain_word_of_a_table_row():
    schedule = Schedule(type="daily", time=time(7), timezone="UTC")
    assert schedule.next_after(at("2026-01-15 00:00")) == at("2026-01-15 07:00")


def test_fields_of_other_types_are_not_looked_at():
    schedule = daily(7, timezone="UTC", cron="nonsense", interval_seconds=-1)
    assert schedule.next_after(at("2026-01-15 00:00")) == at("2026-01-15 07:00")


def test_equal_schedules_are_equal_values():
    assert daily(7) == daily(7)
    assert len({daily(7), daily(7), daily(8)}) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7:05", time(7, 5)),
        ("07:05", time(7, 5)),
        (" 23:59:59 ", time(23, 59, 59)),
        ("0:00", time(0, 0)),
    ],
)
def test_a_time_of_day_is_read(text, expected):
    assert parse_time(text) == expected


def test_naive_instants_are_refused_at_the_call():
    naive = datetime(2026, 1, 15)  # noqa: DTZ001  the mistake under test
    with pytest.raises(ValueError, match=r"after .* has no time zone"):
        daily(7).next_after(naive)
    with pytest.raises(ValueError, match=r"until .* has no time zone"):
        daily(7).between(at("2026-01-15 00:00"), naive)

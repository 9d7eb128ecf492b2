"""APFlow's answers: what its users' schedules did before, they do here.

The cases are those of the contract's golden file, from the real functions of APFlow
0.18.2, which reckon in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cronsim import CronSim

from scheduling.schedule import Schedule, ScheduleType, parse_time


def read(kind: str, text: str, start: datetime) -> Schedule:
    """Read APFlow's expressions, as far as these cases go."""
    days, _, when = text.rpartition(" ")
    numbers = (
        tuple(int(day) for day in days.split(","))
        if kind in {"weekly", "monthly"}
        else ()
    )
    kind_of = ScheduleType(kind)
    match kind_of:
        case ScheduleType.ONCE:
            moment = datetime.fromisoformat(text)
            return Schedule(type=kind_of, timezone="UTC", run_at=moment)
        case ScheduleType.INTERVAL:
            return Schedule(type=kind_of, interval_seconds=int(text), anchor=start)
        case ScheduleType.CRON:
            return Schedule(type=kind_of, timezone="UTC", cron=text)
        case _:
            return Schedule(
                type=kind_of,
                timezone="UTC",
                time=parse_time(when),
                weekdays=numbers,
                month_days=numbers,
            )


@pytest.mark.parametrize(
    ("kind", "text", "start", "expected"),
    [
        ("once", "2024-01-15T09:00:00Z", "2024-01-15T08:30", "2024-01-15T09:00"),
        ("once", "2024-01-15T08:30:00Z", "2024-01-15T08:30", None),
        ("interval", "3600", "2024-01-15T08:30", "2024-01-15T09:30"),
        ("cron", "0 9 * * 1-5", "2024-01-15T08:30", "2024-01-15T09:00"),
        ("cron", "0 9 * * 7", "2024-01-15T08:30", "2024-01-21T09:00"),
        ("cron", "0 9 15 * 1", "2024-01-15T08:30", "2024-01-15T09:00"),
        ("daily", "08:30", "2024-01-15T08:30", "2024-01-16T08:30"),
        ("daily", "8:15", "2024-01-15T08:30", "2024-01-16T08:15"),
        ("weekly", "1 08:30", "2024-01-15T08:30", "2024-01-22T08:30"),
        ("weekly", "7 09:00", "2024-01-15T08:30", "2024-01-21T09:00"),
        ("monthly", "15 08:30", "2024-01-15T08:30", "2024-02-15T08:30"),
        ("monthly", "31 09:00", "2024-01-31T10:00", "2024-03-31T09:00"),
        ("monthly", "30,31 09:00", "2024-02-01T00:00", "2024-03-30T09:00"),
    ],
)
def test_the_next_slot_is_the_one_apflow_gave(kind, text, start, expected):
    moment = datetime.fromisoformat(f"{start}+00:00")
    slot = read(kind, text, moment).next_after(moment)
    assert slot == (expected and datetime.fromisoformat(f"{expected}+00:00"))


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        # Monday to Friday; 0 and 7 are Sunday; both day fields are alternatives.
        ("0 9 * * 1-5", "2024-01-19T10:00", "2024-01-22T09:00"),
        ("0 9 * * 0", "2024-01-15T10:00", "2024-01-21T09:00"),
        ("0 9 * * 7", "2024-01-15T10:00", "2024-01-21T09:00"),
        ("0 9 15 * 1", "2024-01-15T10:00", "2024-01-22T09:00"),
        ("0 9 15 * 1", "2024-02-12T10:00", "2024-02-15T09:00"),
        # Six fields have the seconds first.
        ("30 5 * * * *", "2024-01-15T10:00", "2024-01-15T10:05:30"),
        ("*/20 0 9 * * *", "2024-01-15T09:00:20", "2024-01-15T09:00:40"),
    ],
)
def test_a_cron_line_means_what_cronsim_says_it_means(line, after, expected):
    moment = datetime.fromisoformat(f"{after}+00:00")
    seconds = len(line.split()) == 6
    schedule = Schedule(
        type=ScheduleType.CRON, timezone="UTC", cron=line, cron_seconds=seconds
    )
    assert next(CronSim(line, moment)) == datetime.fromisoformat(f"{expected}+00:00")
    assert schedule.next_after(moment) == datetime.fromisoformat(f"{expected}+00:00")


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        # Back: 01:30 once. Forward: 02:30 at 03:00.
        ("30 1 * * *", "2026-11-01T00:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        ("30 2 * * *", "2026-03-08T00:00", ["2026-03-08T07:00", "2026-03-09T06:30"]),
    ],
)
def test_new_yorks_odd_hours_are_those_of_cronsim(line, after, expected):
    schedule = Schedule(type=ScheduleType.CRON, timezone="America/New_York", cron=line)
    local = datetime.fromisoformat(after).replace(tzinfo=schedule.zone)
    theirs = CronSim(line, local)
    wanted = [datetime.fromisoformat(f"{each}+00:00") for each in expected]
    assert [next(theirs).astimezone(UTC) for _ in wanted] == wanted
    assert schedule.upcoming(local, 2) == wanted

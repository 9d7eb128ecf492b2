"""APFlow's expressions give the slots and the error texts of the real one (golden)."""

from __future__ import annotations

from datetime import datetime, time
from types import SimpleNamespace
from typing import Any

import pytest

from scheduling.interop.apflow_schedule import parse, words
from scheduling.schedule import Schedule, ScheduleType, parse_time

#: Answers of the real APFlow 0.18.2.
NEXT_RUNS = [
    ("once", "2024-01-15T09:00:00Z", "2024-01-15T08:30:00+00:00", "2024-01-15T09:00:00+00:00"),
    ("once", "2024-01-15T08:30:00Z", "2024-01-15T08:30:00+00:00", None),
    ("cron", "0 9 * * 1-5", "2024-01-15T08:30:00+00:00", "2024-01-15T09:00:00+00:00"),
    ("cron", "0 9 * * 7", "2024-01-15T08:30:00+00:00", "2024-01-21T09:00:00+00:00"),
    ("cron", "0 9 15 * 1", "2024-01-15T08:30:00+00:00", "2024-01-15T09:00:00+00:00"),
    ("daily", "08:30", "2024-01-15T08:30:00+00:00", "2024-01-16T08:30:00+00:00"),
    ("daily", "8:15", "2024-01-15T08:30:00+00:00", "2024-01-16T08:15:00+00:00"),
    ("weekly", "1 08:30", "2024-01-15T08:30:00+00:00", "2024-01-22T08:30:00+00:00"),
    ("weekly", "7 09:00", "2024-01-15T08:30:00+00:00", "2024-01-21T09:00:00+00:00"),
    ("monthly", "15 08:30", "2024-01-15T08:30:00+00:00", "2024-02-15T08:30:00+00:00"),
    ("monthly", "31 09:00", "2024-01-31T10:00:00+00:00", "2024-03-31T09:00:00+00:00"),
    ("monthly", "30,31 09:00", "2024-02-01T00:00:00+00:00", "2024-03-30T09:00:00+00:00"),
]  # fmt: skip
ERRORS = [
    ("once", "tomorrow", "Invalid 'once' expression: tomorrow. Expected ISO datetime."),
    ("interval", "0", "Interval must be positive: 0"),
    ("interval", "1h", "Invalid 'interval' expression: 1h. Expected integer seconds."),
    ("cron", "61 * * * *", "Invalid cron expression: 61 * * * *. Error: "),
    ("daily", "9", "Invalid 'daily' expression: 9. Expected HH:MM format."),
    ("daily", "24:00", "Invalid hour in 'daily' expression: 24. Expected 0-23."),
    ("weekly", "0 09:00", "Invalid day in 'weekly' expression: 0. Expected 1-7 (1=Mon, 7=Sun)."),
    ("weekly", "8 09:00", "Invalid day in 'weekly' expression: 8. Expected 1-7 (1=Mon, 7=Sun)."),
    ("weekly", "mon 09:00", "Invalid 'weekly' expression: mon 09:00. Expected format: 'days HH:MM' (e.g., '1,3,5 09:00')"),
    ("monthly", "0 09:00", "Invalid date in 'monthly' expression: 0. Expected 1-31."),
    ("monthly", "32 09:00", "Invalid date in 'monthly' expression: 32. Expected 1-31."),
    ("yearly", "x", "Unknown schedule type: yearly"),
]  # fmt: skip


def schedule_of(columns: dict[str, Any]) -> Schedule:
    at, when = columns.get("schedule_time"), columns.get("run_at")
    return Schedule(
        type=ScheduleType(columns["schedule_type"]),
        timezone="UTC",
        time=parse_time(at) if at else None,
        weekdays=tuple(columns.get("weekdays", ())),
        month_days=tuple(columns.get("month_days", ())),
        cron=columns.get("cron_expression", ""),
        interval_seconds=columns.get("interval_seconds"),
        run_at=datetime.fromisoformat(when) if when else None,
    )


@pytest.mark.parametrize(("kind", "expression", "after", "expected"), NEXT_RUNS)
def test_the_next_slot_is_that_of_the_real_one(kind, expression, after, expected):
    found = schedule_of(parse(kind, expression)).next_after(
        datetime.fromisoformat(after)
    )
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(("kind", "expression", "text"), ERRORS)
def test_the_error_texts_are_those_of_the_real_one(kind, expression, text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the text is compared
        parse(kind, expression)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("kind", "expression"),
    [
        ("interval", "3600"),
        ("cron", "0 9 * * 1-5"),
        ("daily", "08:30"),
        ("weekly", "1,3,5 09:00"),
        ("monthly", "1,15 09:00"),
    ],
)
def test_what_is_read_is_written_the_same(kind, expression):
    columns = parse(kind, expression)
    at = columns.get("schedule_time")
    row = {"cron_seconds": False, **columns, "schedule_time": parse_time(at) if at else None}  # fmt: skip
    assert words(SimpleNamespace(**row)) == (kind, expression)


@pytest.mark.parametrize(
    "row",
    [
        {"schedule_type": "none"},
        {"schedule_type": "cron", "cron_expression": "0 0 9 * * *", "cron_seconds": True},
        {"schedule_type": "daily", "schedule_time": time(7, 0, 30)},
        {"schedule_type": "monthly", "schedule_time": time(7), "month_days": ["last"]},
    ],
)  # fmt: skip
def test_what_apflow_cannot_say_is_refused(row):
    with pytest.raises(ValueError, match="APFlow"):
        words(SimpleNamespace(**row))

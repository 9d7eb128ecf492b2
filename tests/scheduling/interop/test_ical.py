"""Calendars of tasks: what stands in them, and what must not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduling.interop.ical import export_ical
from scheduling.interop.ical.recurrence import MOST_LISTED, recurrence
from scheduling.interop.ical.rules import rule_of
from scheduling.interop.ical.zones import timezone_component
from scheduling.schedule import Schedule, ScheduleType
from scheduling.wall_clock import next_change, offset_at
from tests.scheduling.interop.ical_reading import NOW, a_task, one_event, read, starts

DAILY = {"schedule_type": "daily", "schedule_time": time(7), "timezone": "UTC"}
ENDS_FIRST = datetime(2024, 6, 25, tzinfo=UTC)

GOLDEN = [
    ({"type": "interval", "interval_seconds": 86_400}, {}, "FREQ=DAILY"),
    ({"type": "interval", "interval_seconds": 172_800}, {}, "FREQ=DAILY;INTERVAL=2"),
    ({"type": "interval", "interval_seconds": 5_400}, {}, "FREQ=MINUTELY;INTERVAL=90"),
    ({"type": "interval", "interval_seconds": 90}, {}, "FREQ=SECONDLY;INTERVAL=90"),
    ({"type": "weekly", "weekdays": (1, 3, 5)}, {}, "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ({"type": "monthly", "month_days": (1, 15)}, {}, "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    ({"type": "daily"}, {"remaining": 7}, "FREQ=DAILY;COUNT=7"),
    (
        {"type": "daily", "end_at": datetime(2024, 6, 30, tzinfo=UTC)},
        {"remaining": 7},
        "FREQ=DAILY;UNTIL=20240630T000000Z",
    ),
]
"""APFlow's own answers, from the contract's golden file; it is wrong about cron."""


@pytest.mark.parametrize(("fields", "options", "rule"), GOLDEN)
def test_the_rules_are_those_of_apflow(fields, options, rule):
    kind = ScheduleType(fields.pop("type"))
    schedule = Schedule(type=kind, timezone="UTC", time=time(9), **fields)

    found = recurrence(schedule, ENDS_FIRST, **options)

    event = one_event(a_task(**DAILY))  # as icalendar writes it
    del event["RRULE"]
    event.add("rrule", found.rule)
    assert event["RRULE"].to_ical().decode() == rule


def test_an_end_that_comes_after_the_last_run_is_not_told():
    end = datetime(2026, 6, 30, tzinfo=UTC)
    event = one_event(a_task(**DAILY, end_at=end, max_runs=3))

    assert event["RRULE"].to_ical() == b"FREQ=DAILY;COUNT=3"


@pytest.mark.parametrize(
    "line", ["0 9 15 * 1", "0 9 * * 2,5L", "0 9 LW * *", "0 9 1,LW * *"]
)
def test_what_no_rule_says_has_none(line):
    assert rule_of(Schedule(type=ScheduleType.CRON, cron=line)) is None


def test_the_frame_of_a_calendar():
    text = export_ical([a_task(**DAILY)], "Lịch\r\nX-EVIL:1 mới", now=NOW)
    calendar = Calendar.from_ical(text)

    assert text.endswith("END:VCALENDAR\r\n")
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Backbeat//")
    assert "\n" not in text.replace("\r\n", "")
    assert (calendar["METHOD"], calendar["CALSCALE"]) == ("PUBLISH", "GREGORIAN")
    assert calendar["X-WR-CALNAME"] == "Lịch X-EVIL:1 mới"
    assert Calendar.from_ical(export_ical([], now=NOW))["X-WR-CALNAME"] == "Backbeat Tasks"  # fmt: skip


def test_an_event_tells_when_and_what_and_nothing_secret():
    task = a_task(
        **DAILY | {"timezone": "Asia/Ho_Chi_Minh"},
        input_message="the prompt",
        system_prompt_override="more of it",
        pause_note="the note",
        version=7,
        active=True,
    )

    text = export_ical([task], base_url="https://backbeat.example/", now=NOW)

    (event,) = Calendar.from_ical(text).events
    assert event["UID"] == "report@tasks.backbeat"
    assert event["SEQUENCE"] == 7
    assert event["DTSTAMP"].dt == task.updated_at.replace(microsecond=0)
    assert event["DTSTART"].dt == datetime(2026, 1, 1, 7, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))  # fmt: skip
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20260101T070000" in text
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=30)
    assert event["URL"] == "https://backbeat.example/admin/scheduling/scheduledtask/report/change/"  # fmt: skip
    assert event["STATUS"] == "CONFIRMED"
    assert event["DESCRIPTION"] == "Every day at 07:00 (Asia/Ho_Chi_Minh)\nTask: report"  # fmt: skip
    assert event["X-BACKBEAT-SCHEDULE-TYPE"] == "daily"
    for secret in ("the prompt", "more of it", "the note"):
        assert secret not in text


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\x0b", "\x85", "\u2028", "\x1e"])
def test_no_text_of_a_task_ends_a_line(end):
    tag = SimpleNamespace(name=f"a{end}UID:evil")
    task = a_task(**DAILY, name=f"Report{end}UID:evil")
    setattr(task, "_prefetched_objects_cache", {"tags": [tag]})  # noqa: B010 -- Django's, not declared

    event = one_event(task)

    assert event["UID"] == "report@tasks.backbeat"
    assert event["SUMMARY"] == "Report UID:evil"


def test_an_event_is_as_long_as_a_run_is_expected_to_take():
    event = one_event(a_task(**DAILY, expected_seconds=90))

    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(seconds=90)


def test_a_paused_task_is_a_cancelled_event():
    event = one_event(a_task(**DAILY, active=False))

    assert event["STATUS"] == "CANCELLED"
    assert "Paused" in event["DESCRIPTION"]


def test_lines_are_folded_by_octets_and_never_inside_a_character():
    name = "Báo cáo thị trường chứng khoán Việt Nam buổi sáng 🌅🌅🌅🌅🌅, số; 1\\" * 3
    text = export_ical([a_task(**DAILY, name=name)], now=NOW)

    lines = text.encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # whole characters
    (event,) = Calendar.from_ical(text).events
    assert event["SUMMARY"] == name


def test_the_same_tasks_give_the_same_text_all_day():
    tasks = [a_task(**DAILY), a_task(id="b", schedule_type="interval", interval_seconds=600)]  # fmt: skip

    first, later = (export_ical(tasks, now=NOW + timedelta(hours=h)) for h in (1, 23))

    assert first == later


def test_what_a_task_did_before_it_was_changed_is_not_told():
    changed = NOW + timedelta(hours=9)
    task = a_task(**DAILY | {"timezone": "UTC"}, updated_at=changed)

    assert starts(read(export_ical([task], now=NOW + timedelta(hours=12))))[0].day == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"schedule_type": "none"},
        {"schedule_type": "once", "run_at": NOW - timedelta(days=1)},
        DAILY | {"max_runs": 3, "scheduled_runs": 3},
        DAILY | {"end_at": NOW - timedelta(days=1)},
        {"schedule_type": "cron", "cron_expression": "no cron line"},
    ],
)
def test_a_task_that_runs_no_more_has_no_event_and_harms_no_other(fields):
    text = export_ical([a_task(**fields), a_task(**DAILY, id="other")], now=NOW)

    assert [each["UID"] for each in Calendar.from_ical(text).events] == ["other@tasks.backbeat"]  # fmt: skip


def test_a_task_with_more_slots_than_can_be_listed_says_until_when():
    every_minute = {"schedule_type": "cron", "cron_expression": "* * 1 * 1"}
    event = one_event(a_task(**every_minute))

    assert len(event["RDATE"].dts) == MOST_LISTED - 1
    assert "it goes on" in event["DESCRIPTION"]


def test_a_task_of_every_second_with_closed_days_does_not_take_for_ever():
    seconds = {"schedule_type": "cron", "cron_expression": "* * 9 * * *", "cron_seconds": True}  # fmt: skip
    event = one_event(a_task(**seconds, excluded_dates=["2026-01-02"]))

    assert len(event["RDATE"].dts) < MOST_LISTED


def test_a_calendar_of_too_many_tasks_says_so(monkeypatch):
    monkeypatch.setattr("scheduling.interop.ical.calendar.MOST_TASKS", 3)
    tasks = [a_task(**DAILY, id=f"task-{number}") for number in range(5)]

    calendar = Calendar.from_ical(export_ical(tasks, now=NOW))

    assert len(calendar.events) == 3
    assert "more tasks than these 3" in calendar["X-WR-CALDESC"]


def test_a_calendar_stops_where_it_would_take_too_long(monkeypatch):
    monkeypatch.setattr("scheduling.interop.ical.calendar.MOST_SLOTS", 100)
    either_day = {"schedule_type": "cron", "cron_expression": "0 9 15 * 1"}
    tasks = [a_task(**either_day, id=f"task-{number}") for number in range(5)]

    calendar = Calendar.from_ical(export_ical(tasks, now=NOW))

    assert len(calendar.events) == 2
    assert "X-WR-CALDESC" in calendar


@pytest.mark.parametrize(
    "name",
    [
        "Asia/Ho_Chi_Minh",
        "Europe/Berlin",
        "Europe/Dublin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Africa/Cairo",
        "America/Nuuk",
    ],
)
def test_the_clocks_that_a_calendar_describes_are_those_of_the_zone(name):
    zone = ZoneInfo(name)
    component = timezone_component(zone, 2026, 2026)
    component["TZID"] = "Somewhere/Else"  # so that nobody looks the zone up by its name
    described = component.to_tz(lookup_tzid=False)

    change: datetime | None = datetime(2026, 1, 1, tzinfo=UTC)
    while change and (
        change := next_change(change, datetime(2028, 1, 1, tzinfo=UTC), zone)
    ):
        for half_hours in range(-8, 9):
            moment = change + half_hours * timedelta(minutes=30)
            wall = moment.astimezone(zone).replace(tzinfo=None)
            if wall.replace(tzinfo=zone).astimezone(UTC) == moment:  # the first showing
                there = wall.replace(tzinfo=described).utcoffset()
                assert (wall, there) == (wall, offset_at(moment, zone))

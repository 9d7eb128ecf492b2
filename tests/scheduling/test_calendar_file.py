"""The closed dates of an .ics file, friendly and hostile."""

from __future__ import annotations

import time as clock
from datetime import date, timedelta

import pytest

from pages.sentence import Sentence
from scheduling.calendar_file import CalendarFileError, closed_dates

START, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


def calendar(*events: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//Test//EN"]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:{number}"]
        lines += ["BEGIN:VEVENT", *uid, *event.split(" "), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def closed(*events: str) -> list[str]:
    found = closed_dates(calendar(*events), start=START, until=UNTIL)
    return [day.isoformat() for day in found]


def refused(text: str) -> str:
    with pytest.raises(CalendarFileError) as caught:
        closed_dates(text, start=START, until=UNTIL)
    assert isinstance(caught.value.sentence, Sentence)
    assert str(caught.value) == caught.value.sentence
    return caught.value.sentence


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20260501", ["2026-05-01"]),
        (
            "DTSTART;VALUE=DATE:20260501 DTEND;VALUE=DATE:20260503",
            ["2026-05-01", "2026-05-02"],
        ),
        ("DTSTART;VALUE=DATE:20260501 DURATION:P2D", ["2026-05-01", "2026-05-02"]),
        ("DTSTART:20260501T090000 DTEND:20260501T100000", ["2026-05-01"]),
        ("DTSTART:20260501T090000Z DTEND:20260502T000000Z", ["2026-05-01"]),
        (
            "DTSTART:20260501T090000Z DTEND:20260502T000001Z",
            ["2026-05-01", "2026-05-02"],
        ),
        ("DTSTART:20260501T090000Z", ["2026-05-01"]),
        # Its own zone counts: 23:30 of the first of May in New York is the second in UTC.
        (
            "DTSTART;TZID=America/New_York:20260501T233000 DURATION:PT20M",
            ["2026-05-01"],
        ),
        ("DTSTART;VALUE=DATE:20260501 STATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20200501", []),
        ("DTSTART;VALUE=DATE:20200501 RRULE:FREQ=YEARLY", ["2026-05-01"]),
        (
            "DTSTART;VALUE=DATE:20260501 RRULE:FREQ=WEEKLY;COUNT=3 EXDATE;VALUE=DATE:20260508 RDATE;VALUE=DATE:20260510",
            ["2026-05-01", "2026-05-10", "2026-05-15"],
        ),
        (
            "DTSTART;VALUE=DATE:20251230 DTEND;VALUE=DATE:20260103",
            ["2026-01-01", "2026-01-02"],
        ),
        ("DTSTART;VALUE=DATE:20261231 DTEND;VALUE=DATE:20270105", ["2026-12-31"]),
    ],
)
def test_an_event_closes_the_days_it_touches(event, days):
    assert closed(event) == days


def test_one_cancelled_repetition_leaves_its_day_open():
    assert closed(
        "UID:x DTSTART;VALUE=DATE:20260501 RRULE:FREQ=DAILY;COUNT=3",
        "UID:x RECURRENCE-ID;VALUE=DATE:20260502 DTSTART;VALUE=DATE:20260502 STATUS:CANCELLED",
    ) == ["2026-05-01", "2026-05-03"]


def test_one_moved_repetition_closes_its_new_day():
    assert closed(
        "UID:x DTSTART;VALUE=DATE:20260501 RRULE:FREQ=DAILY;COUNT=2",
        "UID:x RECURRENCE-ID;VALUE=DATE:20260502 DTSTART;VALUE=DATE:20260509",
    ) == ["2026-05-01", "2026-05-09"]


def test_days_carry_the_name_of_their_first_event():
    text = calendar(
        "DTSTART;VALUE=DATE:20260902 SUMMARY:Quốc\u00a0khánh",
        "DTSTART;VALUE=DATE:20260902 SUMMARY:Other",
        "DTSTART;VALUE=DATE:20260101",
    )
    assert closed_dates(text, start=START, until=UNTIL) == {
        date(2026, 1, 1): "",
        date(2026, 9, 2): "Quốc khánh",
    }


def test_a_repetition_without_end_ends_with_the_window():
    assert len(closed("DTSTART;VALUE=DATE:20100101 RRULE:FREQ=DAILY")) == 365


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a calendar file"),
        ("hello", "is not a calendar file"),
        ("BEGIN:VCALENDAR", "has no events"),
        (calendar(), "has no events"),
        ("BEGIN:VCALENDAR" + "x" * 10_000_000, "is larger than 1 MB"),
        ("BEGIN:VCALENDAR" + "ế" * 400_000, "is larger than 1 MB"),
        (calendar("SUMMARY:Tet"), "cannot be read: Tet"),
        (calendar("DTSTART:tomorrow SUMMARY:Tet"), "cannot be read: Tet"),
        (calendar("DTSTART:20260101 RRULE:FREQ=DAILY;BYDAY=XX"), "cannot be read: 0"),
        (calendar("DTSTART:20260101 RRULE:COUNT=3"), "cannot be read: 0"),
    ],
)
def test_a_file_that_names_no_days_is_refused_with_the_reason(text, words):
    assert words in refused(text)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY", "within a day"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=HOURLY;COUNT=1", "within a day"),
        ("DTSTART:20260101T000000Z RRULE:FREQ=DAILY;BYMINUTE=1,2", "within a day"),
        ("DTSTART;VALUE=DATE:00010101 RRULE:FREQ=DAILY", "since before 1900"),
        ("DTSTART;VALUE=DATE:20260101 RRULE:FREQ=DAILY;INTERVAL=0", "cannot be read"),
        ("DTSTART;VALUE=DATE:20260101" + " RRULE:FREQ=DAILY" * 9, "too many rules"),
    ],
)
def test_a_repetition_that_takes_forever_is_refused_at_once(event, words):
    began = clock.process_time()
    assert words in refused(calendar(event))
    assert clock.process_time() - began < 1


def test_thousands_of_endless_events_are_given_up(monkeypatch):
    monkeypatch.setattr("scheduling.calendar_file.MAX_PROCESSOR_SECONDS", 0.2)
    event = "DTSTART;VALUE=DATE:19500101 RRULE:FREQ=DAILY"
    began = clock.process_time()
    assert "more repeated events than can be read" in refused(calendar(*[event] * 9000))
    assert clock.process_time() - began < 10


def test_more_days_than_any_calendar_has_are_refused():
    text = calendar("DTSTART;VALUE=DATE:19500101 DTEND;VALUE=DATE:20400101")
    with pytest.raises(CalendarFileError, match="more than 20000 days"):
        closed_dates(text, start=date(1960, 1, 1), until=START + timedelta(days=3650))

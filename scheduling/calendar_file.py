"""The closed dates that an .ics file names.

PURE. The file is read by icalendar and its repetitions by recurring_ical_events
(RFC 5545). It comes from outside: whatever it says, reading it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from time import thread_time
from typing import Any

import recurring_ical_events
from icalendar import Calendar, Component

from pages.sentence import Sentence

MAX_BYTES = 1024 * 1024
MAX_DAYS = 20_000

#: Reading a file of real holidays takes well under one second of processor time.
MAX_PROCESSOR_SECONDS = 5.0

_DAY = timedelta(days=1)
_CHUNK = timedelta(days=366)
_INSTANT = timedelta(microseconds=1)
_EARLIEST = date(1900, 1, 1)
_MAX_NAME = 200
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_MAX_RULES = 4

# What the two libraries raise for text that breaks the rules of the format.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OverflowError)


_NO_CALENDAR = Sentence("is not a calendar file (.ics)")


class CalendarFileError(ValueError):
    """A file that names no dates; `sentence` says what is wrong with it."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def closed_dates(text: str, *, start: date, until: date) -> dict[date, str]:
    """Return the days from `start` to `until`, both inclusive, that events cover.

    In order of date; with the name of the (first) event of that day, which may be
    empty. A timed event covers each day that it touches in its own time zone;
    cancelled events cover none. Raises CalendarFileError.
    """
    budget = thread_time() + MAX_PROCESSOR_SECONDS
    names: dict[date, str] = {}
    for series in _series(_events(text)):
        for day, name in _named_days(series, start, until):
            names.setdefault(day, name)
            _check_budget(budget)
        if len(names) > MAX_DAYS:
            raise CalendarFileError(
                Sentence("names more than %(most)d days", most=MAX_DAYS)
            )
    return dict(sorted(names.items()))


def _check_budget(budget: float) -> None:
    if thread_time() > budget:
        raise CalendarFileError(Sentence("has more repeated events than can be read"))


def _events(text: str) -> list[Component]:
    """Return the events of the file as they stand there."""
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise CalendarFileError(Sentence("is larger than 1 MB"))
    if "BEGIN:VCALENDAR" not in text[:MAX_BYTES].upper():
        raise CalendarFileError(_NO_CALENDAR)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except _UNREADABLE:
        raise CalendarFileError(_NO_CALENDAR) from None
    events = [event for each in calendars for event in each.walk("VEVENT")]
    if not events:
        raise CalendarFileError(Sentence("has no events"))
    return events


def _series(events: list[Component]) -> Iterator[list[Component]]:
    """Put together what belongs together: an event and its changed repetitions."""

    def identity(event: Component) -> str:
        return str(event.get("UID", ""))

    alone = [[event] for event in events if not identity(event)]
    named = sorted((event for event in events if identity(event)), key=identity)
    yield from alone
    for _, series in groupby(named, key=identity):
        yield list(series)


def _named_days(
    series: list[Component], start: date, until: date
) -> Iterator[tuple[date, str]]:
    """Yield the days of a series and its repetitions, looking at a year at a time."""
    calendar = Calendar()
    calendar.subcomponents = list(series)
    try:
        for event in series:
            _check(event)
        query = recurring_ical_events.of(calendar)
        while start <= until:
            last = min(start + _CHUNK, until)
            for event in query.between(start, last + _DAY):
                if _holds(event):
                    name = _name(event)
                    yield from ((day, name) for day in _days(event, start, last))
            start = last + _DAY
    except CalendarFileError:
        raise
    except _UNREADABLE:
        raise CalendarFileError(
            Sentence("has an event that cannot be read: %(name)s", name=_who(series[0]))
        ) from None


def _holds(event: Component) -> bool:
    return str(event.get("STATUS", "")).upper() != "CANCELLED"


def _check(event: Component) -> None:
    """Refuse repetitions that closed days never have, and that may take forever."""
    rules: Any = event.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    if len(rules) > _MAX_RULES:
        raise CalendarFileError(
            Sentence("has an event with too many rules: %(name)s", name=_who(event))
        )
    for rule in rules:
        if min(rule.get("INTERVAL", [1])) < 1:
            raise ValueError("a step of nothing never gets anywhere")
        frequency = {str(each).upper() for each in rule["FREQ"]}
        if not frequency <= _FREQUENCIES or any(part in rule for part in _OF_A_DAY):
            raise CalendarFileError(
                Sentence(
                    "repeats an event within a day: %(name)s; "
                    "expected daily, weekly, monthly or yearly",
                    name=_who(event),
                )
            )
        if _date(event.decoded("DTSTART")) < _EARLIEST:
            raise CalendarFileError(
                Sentence(
                    "repeats an event since before 1900: %(name)s", name=_who(event)
                )
            )


def _days(event: Component, start: date, until: date) -> Iterator[date]:
    begin = event.decoded("DTSTART")
    end = event.decoded("DTEND", begin)
    # The end is no part of the event, but even the shortest touches a day.
    last = _date(end - (_INSTANT if isinstance(end, datetime) else _DAY))
    day, last = max(_date(begin), start), min(max(last, _date(begin)), until)
    while day <= last:
        yield day
        day += _DAY


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _name(event: Component) -> str:
    return " ".join(str(event.get("SUMMARY", "")).split())[:_MAX_NAME]


def _who(event: Component) -> str:
    """Name an event in an error."""
    return _name(event) or str(event.get("UID", "?"))[:_MAX_NAME]

"""PURE: cron lines of other systems, what they mean here, and how to say so.

croniter (S1, S2): five fields, 0 and 7 = Sunday. robfig (S3, S4): five fields, or six with the
seconds first; 0 = Sunday and no 7; `?`; `@every 1h30m`; `CRON_TZ=Zone` before the line. Both fire
when either of two day fields fits, also where one is `*/2`; the engine wants both there, so that
such a field is written as `1-31/2`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scheduling.cron import CronPattern
from scheduling.schedule_fields import check_interval
from scheduling.tools.durations import NANOSECONDS, parse_duration
from scheduling.wall_clock import load_zone

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # fmt: skip
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S+)\s*")
_EVERY = "@every "
_STEP = re.compile(r"\*/(\d+)", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
_ROBFIG = re.compile(
    r"[0-9*?,/\-]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
    r"|SUN|MON|TUE|WED|THU|FRI|SAT",
    re.IGNORECASE,
)


def croniter(line: str) -> dict[str, Any]:
    """Return the columns of a line of five fields. Raises `ScheduleError`."""
    return _columns(line.strip(), seconds=False)


def robfig(line: str, zone: str, *, seconds: bool) -> dict[str, Any]:
    """Return the columns of a line, its zone among them. Raises `ValueError`.

    `zone` is the one of a line that names none.
    """
    text = line.strip()
    if named := _ZONE.match(text):
        zone, text = named[1], text[named.end() :]
    load_zone(zone)
    if text.startswith(_EVERY):
        return {**_every(text.removeprefix(_EVERY).strip()), "timezone": zone}
    if not text.startswith("@"):
        text = _checked(text)
    return {**_columns(text, seconds=seconds), "timezone": zone}


def weekday_words(columns: Mapping[str, Any]) -> str:
    """Say the weekdays that a cron line names, "" when it is every day: `Monday to Friday`."""
    if columns.get("schedule_type") != "cron":
        return ""
    named = _pattern(columns).fields.weekdays
    days = sorted({day or 7 for day in named if isinstance(day, int)})
    if len(days) != len({day or 7 if isinstance(day, int) else day for day in named}):
        return ""  # the second Monday of a month, for one
    return "" if len(days) == len(WEEKDAYS) else named_days(days)


def named_days(days: list[int]) -> str:
    """Say ISO weekdays, in their order: `Monday to Friday`, `Monday and Friday`."""
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS[days[0] - 1]} to {WEEKDAYS[days[-1] - 1]}"
    *others, last = (WEEKDAYS[day - 1] for day in days)
    return f"{', '.join(others)} and {last}" if others else last


def either_day(columns: Mapping[str, Any]) -> bool:
    """Whether a cron line names days of the month and of the week, of which one is enough."""
    if columns.get("schedule_type") != "cron":
        return False
    fields = _pattern(columns).fields
    months_days = set(range(1, 32)) <= set(fields.days)
    return bool(weekday_words(columns)) and not months_days and not fields.day_and


def _pattern(columns: Mapping[str, Any]) -> CronPattern:
    seconds = bool(columns.get("cron_seconds"))
    return CronPattern.parse(columns["cron_expression"], seconds=seconds)


def _columns(line: str, *, seconds: bool) -> dict[str, Any]:
    fields = line.split()
    if len(fields) == (6 if seconds else 5):
        line = " ".join([*fields[:-3], *_days(*fields[-3:])])
    CronPattern.parse(line, seconds=seconds)
    return {"schedule_type": "cron", "cron_expression": line, "cron_seconds": seconds}


def _days(date: str, month: str, weekday: str) -> tuple[str, str, str]:
    """The last three fields, so written that either of two day fields is enough."""
    if date != "*" and weekday != "*":
        date, weekday = _STEP.sub(r"1-31/\1", date), _STEP.sub(r"0-6/\1", weekday)
    return date, month, weekday


def _checked(line: str) -> str:
    """Refuse what robfig does not read and the engine does; `?` is `*`."""
    fields = line.split()
    for field in fields:
        if rest := _ROBFIG.sub("", field):
            raise ValueError(f"{line!r:.120}: {rest[:20]!r} means nothing in robfig's cron.")  # fmt: skip
    if fields and "7" in _NUMBER.findall(fields[-1].split("/")[0]):
        raise ValueError(f"{line!r:.120}: robfig's weekdays are 0 (Sunday) to 6 (Saturday); 7 is none.")  # fmt: skip
    return " ".join(fields).replace("?", "*")


def _every(text: str) -> dict[str, Any]:
    nanoseconds = parse_duration(text)
    seconds = max(nanoseconds // NANOSECONDS, 1)
    if nanoseconds <= 0:
        raise ValueError(f"'@every {text:.60}': expected a length of time above zero.")
    check_interval(seconds)
    return {"schedule_type": "interval", "interval_seconds": seconds}

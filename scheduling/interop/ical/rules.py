"""The recurrence rule (RFC 5545) that names the same wall times as a schedule, where there is one.

PURE. What clocks and calendars change about single slots is no matter here: see `recurrence`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cronsim import CronSim

from scheduling.schedule import Schedule, ScheduleType

Rule = dict[str, Any]

#: The parts of a rule that name times of day.
TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")
_UNITS = (("DAILY", 86_400), ("HOURLY", 3_600), ("MINUTELY", 60), ("SECONDLY", 1))
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DATES = frozenset(range(1, 32))
_MINUTE = timedelta(minutes=1)


def rule_of(schedule: Schedule) -> Rule | None:
    """Return the rule of `schedule` without its end; None where no rule says the same.

    The rule of an interval counts in UTC, every other one in the zone of the schedule.
    """
    if schedule.type == ScheduleType.INTERVAL:
        return _interval(schedule.interval_seconds or 1)
    if schedule.pattern is None:
        return None
    fields = schedule.pattern.fields
    days = _days(fields)
    if days is None:
        return None
    if len(fields.months) < 12:
        days["BYMONTH"] = sorted(fields.months)
    return days | _times(fields)


def rule_in_utc(schedule: Schedule, offsets: set[timedelta]) -> Rule | None:
    """Return the rule of a cron line that follows the clock through every hour of every day.

    Counted in UTC it need not know of clock changes, as long as its minutes are the same at all
    `offsets` of the zone; else None.
    """
    pattern = schedule.pattern
    if pattern is None or not pattern.follows_clock:
        return None
    fields = pattern.fields
    every_day = _days(fields) == {"FREQ": "DAILY"} and len(fields.months) == 12
    if not every_day or len(fields.hours) < 24:
        return None
    found = {_minutes_in_utc(fields, offset) for offset in offsets}
    if len(found) != 1:
        return None
    times = _times(fields) | {"BYMINUTE": list(*found)}
    del times["BYHOUR"]
    return {"FREQ": "HOURLY", **times}


def _minutes_in_utc(fields: CronSim, offset: timedelta) -> tuple[int, ...]:
    return tuple(sorted((each - offset // _MINUTE) % 60 for each in fields.minutes))


def _interval(seconds: int) -> Rule:
    name, unit = next(each for each in _UNITS if seconds % each[1] == 0)
    count = seconds // unit
    return {"FREQ": name} | ({"INTERVAL": count} if count > 1 else {})


def _times(fields: CronSim) -> Rule:
    """What the first occurrence does not say: several hours, minutes or seconds."""
    parts = zip(TIMES, (fields.hours, fields.minutes, fields.seconds), strict=True)
    return {name: sorted(values) for name, values in parts if len(values) > 1}


def _days(fields: CronSim) -> Rule | None:
    plain = sorted({day or 7 for day in fields.weekdays if isinstance(day, int)})
    any_date, any_weekday = fields.days >= _DATES, len(plain) == len(_DAYS)
    joint = all if fields.day_and else any
    if joint((any_date, any_weekday)):
        return {"FREQ": "DAILY"}
    if any_date:
        return _weekdays(fields, plain)
    if any_weekday:
        return _dates(fields)
    if not fields.day_and:
        return None  # one day or the other: a rule only knows both at once
    dates, weekdays = _dates(fields), _weekdays(fields, plain)
    if dates is None or weekdays is None or weekdays["FREQ"] != "WEEKLY":
        return None
    return weekdays | dates


def _weekdays(fields: CronSim, plain: list[int]) -> Rule | None:
    counted = sorted(
        ((day or 7), -1 if nth == CronSim.LAST else nth)
        for day, nth in (each for each in fields.weekdays if isinstance(each, tuple))
    )
    if counted and plain:
        return None  # programs differ in how they read such a mixture
    if counted:
        return {
            "FREQ": "MONTHLY",
            "BYDAY": [f"{nth}{_DAYS[day - 1]}" for day, nth in counted],
        }
    return {"FREQ": "WEEKLY", "BYDAY": [_DAYS[day - 1] for day in plain]}


def _dates(fields: CronSim) -> Rule | None:
    if CronSim.LAST_WEEKDAY in fields.days:
        return None
    dates = sorted(day for day in fields.days if day > 0)
    last = [-1] if CronSim.LAST in fields.days else []
    return {"FREQ": "MONTHLY", "BYMONTHDAY": dates + last}

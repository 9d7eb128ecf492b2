"""A schedule as the five fields that cron servers and Kubernetes know, or why it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, time

from cronsim import CronSim
from django.utils import timezone

from scheduling.models import ScheduledTask
from scheduling.schedule import Schedule, ScheduleError, ScheduleType
from scheduling.schedule_fields import EPOCH, LAST_DAY

#: What every server reads alike: no names (in lists Debian takes none), no `5/15`.
_PLAIN = re.compile(r"\*(?:/\d+)?|\d+(?:-\d+(?:/\d+)?)?", re.ASCII)
_DATES, _WEEKDAYS = frozenset(range(1, 32)), frozenset(range(7))
_HOUR, _DAY, _WEEK = 60, 1_440, 10_080  # in minutes


class CannotExport(ValueError):
    """No cron line says the same as this schedule. The message says why."""


@dataclass(frozen=True)
class CronLine:
    """Five fields, and the zone that they are read in."""

    fields: str
    timezone: str
    #: day of month and weekday must both fit, which Kubernetes cannot say
    both_days: bool = False


def cron_line(task: ScheduledTask) -> CronLine:
    """Return the line that fires at the slots of `task`, to the minute. Raises `CannotExport`."""
    try:
        schedule = task.schedule
    except ScheduleError as error:
        raise CannotExport(f"Its schedule cannot be used: {error}") from error
    _refuse_bounds(task, schedule)
    if schedule.type == ScheduleType.CRON and schedule.pattern:
        return _as_written(schedule.pattern.expression, schedule)
    if schedule.type == ScheduleType.INTERVAL:
        return _interval(schedule)
    if schedule.type == ScheduleType.ONCE:
        raise CannotExport("It runs once; a cron line runs again and again.")
    if schedule.type == ScheduleType.NONE or schedule.time is None:
        raise CannotExport("It has no schedule: it runs by hand or after other tasks.")
    return CronLine(_at(schedule, schedule.time), schedule.timezone)


def _refuse_bounds(task: ScheduledTask, schedule: Schedule) -> None:
    starts_later = schedule.start_at and schedule.start_at > timezone.now()
    bounds = {
        "closed days (its calendar, its excluded dates)": schedule.open_days,
        "day to begin (start_at)": starts_later,
        "day to end (end_at)": schedule.end_at,
        "number of runs (max_runs)": task.max_runs,
    }
    for name, given in bounds.items():
        if given:
            raise CannotExport(f"A cron line knows no {name}.")


def _at(schedule: Schedule, at: time) -> str:
    if at.second:
        raise CannotExport(f"A cron line knows no seconds: this one fires at {at}.")
    days, weekdays = "*", "*"
    if schedule.type == ScheduleType.WEEKLY:
        weekdays = _listed({day % 7 for day in schedule.weekdays})
    if schedule.type == ScheduleType.MONTHLY:
        if LAST_DAY in schedule.month_days:
            raise CannotExport("A cron line knows no last day of a month.")
        days = _listed({int(day) for day in schedule.month_days})
    return f"{at.minute} {at.hour} {days} * {weekdays}"


def _as_written(expression: str, schedule: Schedule) -> CronLine:
    """The task's own line; a field that servers read differently is written out."""
    second, *texts = expression.split()
    fields = CronSim(expression, EPOCH)
    if fields.seconds != {0}:
        raise CannotExport(f"A cron line knows no seconds: this one has {second!r}.")
    days: set[int] = {day for day in fields.days if day > 0}
    weekdays = {day % 7 for day in fields.weekdays if isinstance(day, int)}
    if days != fields.days or any(isinstance(day, tuple) for day in fields.weekdays):
        raise CannotExport("Cron servers know no L, LW or # among days.")
    values = (fields.minutes, fields.hours, days, fields.months, weekdays)
    written = [_written(*each) for each in zip(texts, values, strict=True)]
    if "7" in texts[4]:
        written[4] = _listed(weekdays)  # Sunday is 0: Kubernetes takes no 7
    both = fields.day_and and not days >= _DATES and not weekdays >= _WEEKDAYS
    if both and not any(written[at].startswith("*") for at in (2, 4)):
        raise CannotExport("Cron servers want one of the days to fit, this task both.")
    return CronLine(" ".join(written), schedule.timezone, both_days=both)


def _written(text: str, values: set[int]) -> str:
    is_plain = all(_PLAIN.fullmatch(item) for item in text.split(","))
    return text if is_plain else _listed(values)


def _interval(schedule: Schedule) -> CronLine:
    """In UTC, where a length of time is the same every day."""
    minutes, seconds = divmod(schedule.interval_seconds or 0, 60)
    base = (schedule.anchor or schedule.start_at or EPOCH).astimezone(UTC)
    minute, hour = str(base.minute), str(base.hour)
    if seconds:
        raise CannotExport("A cron line knows no seconds.")
    if _HOUR % minutes == 0:
        line = f"{_every(base.minute, minutes, _HOUR)} * * * *"
    elif _DAY % minutes == 0 and minutes % _HOUR == 0:
        line = f"{minute} {_every(base.hour, minutes // _HOUR, 24)} * * *"
    elif minutes == _WEEK:
        line = f"{minute} {hour} * * {base.isoweekday() % 7}"
    else:
        raise CannotExport(f"Every {minutes} minutes does not divide an hour or a day evenly.")  # fmt: skip
    return CronLine(line, "Etc/UTC")


def _every(start: int, step: int, whole: int) -> str:
    if start % step == 0 and step < whole:
        return "*" if step == 1 else f"*/{step}"
    return _listed(set(range(start % step, whole, step)))


def _listed(values: set[int]) -> str:
    return ",".join(str(value) for value in sorted(values))

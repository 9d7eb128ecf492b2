"""Whether a schedule can be: its fields one by one, then together.

PURE. Every refusal is a ScheduleError that names the field as the task model does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pages.sentence import Sentence
from scheduling.cron import CronPattern
from scheduling.schedule_fields import (
    EPOCH,
    ScheduleType,
    check_interval,
    check_jitter,
    check_moment,
    check_month_days,
    check_time,
    check_weekdays,
    require_aware,
)
from scheduling.wall_clock import ScheduleError, load_zone, midnight

if TYPE_CHECKING:
    from scheduling.schedule import Schedule

# Any fixed moment serves: whether a schedule can be must not depend on today.
_REFERENCE = datetime(2000, 1, 1, tzinfo=UTC)
# The weekdays of a date come round in 40 years, the missing leap day of 2100 included.
_SEARCHED = timedelta(days=40 * 366)


def check(schedule: Schedule) -> None:
    """Raise ScheduleError when `schedule` is wrong or can never fire."""
    load_zone(schedule.timezone)
    check_moment("start_at", schedule.start_at)
    check_moment("end_at", schedule.end_at)
    # Given by the program, not by a person: a naive one is a bug, not an input.
    require_aware("anchor", schedule.anchor)
    check_jitter(schedule.jitter_seconds)
    start, end = schedule.start_at, schedule.end_at
    if start and end and end < start:
        advice = Sentence(
            "expected a moment not before start_at %(start)s", start=start
        )
        raise ScheduleError("end_at", end, advice)
    if schedule.type not in _CHECKS:
        advice = Sentence("expected one of %(known)s", known=", ".join(ScheduleType))
        raise ScheduleError("schedule_type", schedule.type, advice)
    _CHECKS[schedule.type](schedule)
    _check_window(schedule)
    _check_calendar(schedule)


def _check_once(schedule: Schedule) -> None:
    if schedule.run_at is None:
        raise ScheduleError("run_at", None, Sentence("expected the moment to run at"))
    check_moment("run_at", schedule.run_at)


def _check_interval(schedule: Schedule) -> None:
    check_interval(schedule.interval_seconds)


def _check_daily(schedule: Schedule) -> None:
    check_time(schedule.time)


def _check_weekly(schedule: Schedule) -> None:
    check_time(schedule.time)
    check_weekdays(schedule.weekdays)


def _check_monthly(schedule: Schedule) -> None:
    check_time(schedule.time)
    check_month_days(schedule.month_days)


def _check_cron(schedule: Schedule) -> None:
    CronPattern.parse(schedule.cron, seconds=schedule.cron_seconds)


def _check_nothing(_schedule: Schedule) -> None:
    """Nothing to check: there are no slots."""


_CHECKS: dict[ScheduleType, Callable[[Schedule], None]] = {
    ScheduleType.ONCE: _check_once,
    ScheduleType.INTERVAL: _check_interval,
    ScheduleType.DAILY: _check_daily,
    ScheduleType.WEEKLY: _check_weekly,
    ScheduleType.MONTHLY: _check_monthly,
    ScheduleType.CRON: _check_cron,
    ScheduleType.NONE: _check_nothing,
}


def _check_window(schedule: Schedule) -> None:
    """Refuse a window in which nothing can ever be due."""
    if schedule.type == ScheduleType.ONCE:
        if schedule.next_after(EPOCH) is None:
            advice = Sentence("expected a moment from start_at to end_at, after 1970")
            raise ScheduleError("run_at", schedule.run_at, advice)
    elif (
        # The anchor of an interval moves when a task is resumed or cloned; that must
        # not fail.
        schedule.pattern
        and schedule.start_at
        and schedule.end_at
        and schedule.next_after(EPOCH) is None
    ):
        advice = Sentence(
            "no slot from start_at %(start)s to here; expected later",
            start=schedule.start_at,
        )
        raise ScheduleError("end_at", schedule.end_at, advice)


def _check_calendar(schedule: Schedule) -> None:
    """Refuse a calendar on whose open days nothing can ever be due."""
    open_days = schedule.open_days
    if open_days is None or not (schedule.pattern or schedule.run_at):
        return
    if schedule.type in {ScheduleType.INTERVAL, ScheduleType.NONE}:
        return
    begin = schedule.start_at or _REFERENCE
    if schedule.type == ScheduleType.ONCE:
        begin = schedule.run_at or begin
    elif open_days.only:
        # The days before its first are closed, however many there are.
        days = (day for day in open_days.dates if day >= _REFERENCE.date())
        first = min(days, default=_REFERENCE.date())
        begin = max(begin, midnight(first, schedule.zone))
    if schedule.next_open_after(begin - timedelta(seconds=1), _SEARCHED) is None:
        advice = Sentence(
            "none of the schedule's times falls on a day that it leaves open"
        )
        if open_days.excluded and not schedule.calendar_name:
            dates = ", ".join(str(day) for day in sorted(open_days.excluded))
            raise ScheduleError("excluded_dates", dates, advice)
        raise ScheduleError("calendar", schedule.calendar_name, advice)

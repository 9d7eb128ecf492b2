"""The timing columns of a task, and the value that the schedule engine makes of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pages.sentence import Sentence
from pages.translation import translated
from scheduling.models.calendar import Calendar
from scheduling.models.defaults import default_timezone
from scheduling.open_days import OpenDays
from scheduling.schedule import Schedule, ScheduleError, ScheduleType

MAX_RUNS = 1_000_000
MAX_EXCLUDED = 1000


class Timing(models.Model):
    """When a task is due. Weekdays are ISO 1=Mon..7=Sun in here."""

    class Type(models.TextChoices):
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")
        MONTHLY = "monthly", _("Monthly")
        CRON = "cron", _("Cron")
        ONCE = "once", _("Once")
        INTERVAL = "interval", _("Interval")
        NONE = "none", _("None: by hand, or after other tasks")

    class OnClosedDay(models.TextChoices):
        SKIP = "skip", _("Skip the slot")
        SHIFT = "shift", _("Run it on the next open day")

    class FirstRun(models.TextChoices):
        NEXT_SLOT = "next_slot", _("At the next slot")
        AT_ONCE = "at_once", _("At once, then by the schedule")

    schedule_type = models.CharField(_("schedule"), max_length=20, choices=Type.choices)
    schedule_time = models.TimeField(_("time of day"), null=True, blank=True)
    weekdays = models.JSONField(
        _("weekdays"), default=list, blank=True, help_text=_("1=Mon … 7=Sun")
    )
    month_days = models.JSONField(
        _("days of the month"), default=list, blank=True, help_text=_('1–31 or "last"')
    )
    cron_expression = models.CharField(_("cron expression"), max_length=200, blank=True)
    cron_seconds = models.BooleanField(
        _("six fields"),
        default=False,
        help_text=_("The cron line has a field for seconds, first."),
    )
    interval_seconds = models.PositiveIntegerField(_("interval"), null=True, blank=True)
    run_at = models.DateTimeField(_("at"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default=default_timezone)
    start_at = models.DateTimeField(_("not before"), null=True, blank=True)
    end_at = models.DateTimeField(_("not after"), null=True, blank=True)
    max_runs = models.PositiveIntegerField(
        _("runs at most"),
        null=True,
        blank=True,
        help_text=_("Runs that its schedule starts; then it is finished."),
    )
    first_run = models.CharField(
        _("first run"),
        max_length=20,
        choices=FirstRun.choices,
        default=FirstRun.NEXT_SLOT,
    )
    jitter_seconds = models.PositiveIntegerField(
        _("spread (seconds)"),
        default=0,
        help_text=_("Each slot is put off by up to this long, always the same for it."),
    )
    calendar = models.ForeignKey(
        Calendar,
        verbose_name=_("calendar"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tasks",
    )
    excluded_dates = models.JSONField(
        _("excluded dates"),
        default=list,
        blank=True,
        help_text=_("Days in the task's zone: 2027-01-01, …"),
    )
    on_closed_day = models.CharField(
        _("on a closed day"),
        max_length=20,
        choices=OnClosedDay.choices,
        default=OnClosedDay.SKIP,
    )

    SCHEDULE_FIELDS = (
        "schedule_type", "schedule_time", "weekdays", "month_days", "cron_expression",
        "cron_seconds", "interval_seconds", "run_at", "timezone", "start_at", "end_at",
        "max_runs", "first_run", "jitter_seconds", "calendar", "excluded_dates",
        "on_closed_day",
    )  # fmt: skip

    class Meta:
        abstract = True

    @property
    def schedule(self) -> Schedule:
        """The timing value. Raises `ScheduleError` naming the field that is wrong."""
        try:
            return self._timing()
        except ScheduleError:
            raise
        except (TypeError, ValueError) as error:
            # A column, or one of its calendar, holds what no form would have let in.
            raise ScheduleError(
                "schedule_type", self.schedule_type, f"its fields do not fit: {error}"
            ) from error

    def _timing(self) -> Schedule:
        return Schedule(
            type=_schedule_type(self.schedule_type),
            timezone=self.timezone,
            time=self.schedule_time,
            weekdays=_days("weekdays", self.weekdays),
            month_days=_days("month_days", self.month_days),
            cron=self.cron_expression,
            cron_seconds=self.cron_seconds,
            interval_seconds=self.interval_seconds,
            run_at=self.run_at,
            anchor=self.start_at or self._made_at,
            start_at=self.start_at,
            end_at=self.end_at,
            jitter_seconds=self.jitter_seconds,
            jitter_seed=str(self.pk),
            open_days=self._open_days(),
            shift=self.on_closed_day == self.OnClosedDay.SHIFT,
            calendar_name=self.calendar.name if self.calendar else "",
        )

    @property
    def _made_at(self) -> Any:
        raise NotImplementedError

    def _open_days(self) -> OpenDays | None:
        excluded = frozenset(_dates("excluded_dates", self.excluded_dates))
        if self.calendar is None:
            return OpenDays(excluded=excluded) if excluded else None
        return OpenDays(
            weekdays=frozenset(self.calendar.weekdays),
            dates=self.calendar.listed,
            only=self.calendar.only,
            excluded=excluded,
        )

    def timing_errors(self) -> dict[str, Any]:
        """What is wrong with the timing, by field, in the reader's language."""
        errors: dict[str, Any] = {}
        try:
            _ = self.schedule
        except ScheduleError as error:
            errors[error.field] = translated(error.at_the_field)
        if self.max_runs is not None and not 1 <= self.max_runs <= MAX_RUNS:
            errors["max_runs"] = gettext("Must be 1 to %(most)d.") % {"most": MAX_RUNS}
        return errors


def _days(field: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScheduleError(field, value, Sentence("expected a list of days"))
    return tuple(value)


def _dates(field: str, value: object) -> list[date]:
    if not isinstance(value, (list, tuple)) or len(value) > MAX_EXCLUDED:
        advice = Sentence(
            "expected a list of at most %(most)d dates", most=MAX_EXCLUDED
        )
        raise ScheduleError(field, value, advice)
    return [_date(field, each) for each in value]


def _date(field: str, value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == len("2027-01-01"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ScheduleError(field, value, Sentence("expected a date such as 2027-01-31"))


def _schedule_type(value: str) -> ScheduleType:
    try:
        return ScheduleType(value)
    except ValueError as error:
        known = ", ".join(ScheduleType)
        raise ScheduleError(
            "schedule_type", value, Sentence("choose one of %(known)s.", known=known)
        ) from error

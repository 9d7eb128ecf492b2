"""The schedule's part of the task's form: read, checked and previewed by one code."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from pages.translation import translated
from scheduling.admin.task.schedule_inputs import (
    ClockField,
    DatesField,
    LengthField,
    MonthDaysField,
    WallTimeField,
    WeekdaysField,
    ZoneField,
)
from scheduling.admin.task.zones import zone_or_utc
from scheduling.models import Calendar, ScheduledTask
from scheduling.models.task import default_timezone
from scheduling.models.timing import MAX_RUNS
from scheduling.outlook import Outlook, look_ahead
from scheduling.schedule import ScheduleError
from scheduling.schedule_fields import MAX_JITTER_SECONDS
from scheduling.wall_clock import SECOND, resolve, wall_time

Type = ScheduledTask.Type

FIELDS_OF_TYPE: dict[str, tuple[str, ...]] = {
    Type.DAILY: ("schedule_time",),
    Type.WEEKLY: ("weekdays", "schedule_time"),
    Type.MONTHLY: ("month_days", "schedule_time"),
    Type.CRON: ("cron_expression", "cron_seconds"),
    Type.ONCE: ("run_at",),
    Type.INTERVAL: ("interval_seconds",),
    Type.NONE: (),
}
"""What each type of schedule needs; the others' fields are hidden and emptied."""

EMPTY: dict[str, Any] = {
    "schedule_time": None,
    "weekdays": [],
    "month_days": [],
    "cron_expression": "",
    "cron_seconds": False,
    "run_at": None,
    "interval_seconds": None,
}
MISSING = {
    "schedule_time": _("Give the time of day, such as 07:00."),
    "weekdays": _("Choose one weekday or more."),
    "month_days": _("Give one day of the month or more, such as 1, 15, last."),
    "cron_expression": _("Give a cron line of five fields, such as 0 7 * * 1-5."),
    "run_at": _("Give the date and the time of the run."),
    "interval_seconds": _("Give the time from one run to the next."),
}
OF_ANY_TYPE = (
    "start_at", "end_at", "max_runs", "first_run", "jitter_seconds", "calendar",
    "excluded_dates", "on_closed_day",
)  # fmt: skip
"""What every schedule that has slots may have; hidden, and kept, where there is none."""

MOMENTS = ("run_at", "start_at", "end_at")
SHOWN_SLOTS = 5

_IN_ITS_ZONE = _("In the task's own time zone, not in yours.")


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A task's schedule as people write it. After cleaning `instance.schedule` is the value."""

    schedule_type = forms.ChoiceField(
        label=_("Type of schedule"),
        choices=Type.choices,
        widget=UnfoldAdminSelectWidget,
    )
    schedule_time = ClockField(
        label=_("Time of day"), required=False,
        help_text=_("24 hours: 07:00 or 07:00:30, as the clock in the task's time zone shows it."),
    )  # fmt: skip
    weekdays = WeekdaysField(label=_("Weekdays"), required=False)
    month_days = MonthDaysField(
        label=_("Days of the month"), required=False,
        help_text=_("Numbers from 1 to 31 and “last”, with commas between them. A month without such a day is skipped."),
    )  # fmt: skip
    cron_expression = forms.CharField(
        label=_("Cron line"), required=False, max_length=200,
        widget=UnfoldAdminTextInputWidget({"placeholder": "0 7 * * 1-5", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    cron_seconds = forms.BooleanField(
        label=_("Six fields"), required=False, widget=UnfoldBooleanSwitchWidget,
        help_text=_("The cron line has a field for seconds, first."),
    )  # fmt: skip
    run_at = WallTimeField(label=_("At"), required=False, help_text=_IN_ITS_ZONE)
    interval_seconds = LengthField(
        label=_("Every"), required=False,
        help_text=_("Counted from “not before”, else from when the task was made; it does not drift."),
    )  # fmt: skip
    timezone = ZoneField(label=_("Time zone"), initial=default_timezone)
    start_at = WallTimeField(
        label=_("Not before"), required=False, help_text=_IN_ITS_ZONE
    )
    end_at = WallTimeField(label=_("Not after"), required=False, help_text=_IN_ITS_ZONE)
    max_runs = forms.IntegerField(
        label=_("Runs at most"), required=False, min_value=1, max_value=MAX_RUNS,
        widget=UnfoldAdminIntegerFieldWidget({"min": 1}),
        help_text=_("Runs that its schedule starts; then it is finished. Blank: without end."),
    )  # fmt: skip
    first_run = forms.ChoiceField(
        label=_("First run"), choices=ScheduledTask.FirstRun.choices, required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("Of a task that is made active; later changes do not run it at once."),
    )  # fmt: skip
    jitter_seconds = LengthField(
        label=_("Spread"), required=False, blank=0, most=MAX_JITTER_SECONDS,
        help_text=_("Each slot starts up to this much later, always the same for it, so that not all tasks start at once."),
    )  # fmt: skip
    calendar = forms.ModelChoiceField(
        Calendar.objects.defer("file"), label=_("Calendar"), required=False,
        empty_label=_("Every day is open"), widget=UnfoldAdminSelectWidget,
        help_text=_("The days on which it runs."),
    )  # fmt: skip
    excluded_dates = DatesField(
        label=_("Excluded dates"), required=False,
        help_text=_("Days on which it does not run, as 2027-01-31, with commas between them."),
    )  # fmt: skip
    on_closed_day = forms.ChoiceField(
        label=_("On a closed day"), choices=ScheduledTask.OnClosedDay.choices, required=False,
        widget=UnfoldAdminSelectWidget, help_text=_("For a slot on a day that is not open."),
    )  # fmt: skip

    class Meta:
        model = ScheduledTask
        fields: Any = ScheduledTask.SCHEDULE_FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = zone_or_utc(self.initial.get("timezone") or default_timezone())
        for name in MOMENTS:
            field = self.fields.get(name)
            if isinstance(field, WallTimeField):
                field.zone = zone
        for name in (
            "weekdays",
            "month_days",
            "excluded_dates",
        ):  # of a row that something else spoiled
            if not isinstance(self.initial.get(name, []), list):
                self.initial[name] = []

    def clean(self) -> dict[str, Any]:
        """Empty what belongs to other types, and put moments into the task's zone.

        Neither uniqueness nor constraints are asked here: `services.save_task` does, under a lock.
        """
        if self.cleaned_data.get("schedule_type") in FIELDS_OF_TYPE:
            self._keep_fields_of(self.cleaned_data["schedule_type"])
        for name in MOMENTS:
            if "timezone" in self.cleaned_data:
                self._put_into_zone(name)
            else:  # a wall time is no instant without its zone
                self.cleaned_data.pop(name, None)
        self._refuse_what_is_over()
        start, end = self.cleaned_data.get("start_at"), self.cleaned_data.get("end_at")
        if start and end and end < start:
            self.add_error("end_at", _("This is before “not before”."))
        return self.cleaned_data

    def clean_first_run(self) -> str:
        return self.cleaned_data["first_run"] or ScheduledTask.FirstRun.NEXT_SLOT

    def clean_on_closed_day(self) -> str:
        return self.cleaned_data["on_closed_day"] or ScheduledTask.OnClosedDay.SKIP

    def _keep_fields_of(self, schedule_type: str) -> None:
        for name, empty in EMPTY.items():
            if name not in FIELDS_OF_TYPE[schedule_type]:
                self.errors.pop(name, None)
                self.cleaned_data[name] = empty
            elif name not in MISSING or name in self.errors:
                continue
            elif self.cleaned_data.get(name) == empty:
                self.add_error(name, MISSING[name])

    def _put_into_zone(self, name: str) -> None:
        """A time shown twice means the first; one that stayed as it was stays that instant."""
        wall = self.cleaned_data.get(name)
        if wall is None:
            return
        if not {name, "timezone"} & {*self.changed_data} and self.initial.get(name):
            self.cleaned_data[name] = self.initial[name]
            return
        zone = zone_or_utc(self.cleaned_data["timezone"])
        instant = resolve(wall, zone)
        if wall_time(instant, zone) == wall:
            self.cleaned_data[name] = instant
            return
        message = _("%(time)s does not exist in %(zone)s: the clocks go from %(before)s to %(next)s.")  # fmt: skip
        params = {
            "time": f"{wall:%Y-%m-%d %H:%M}",
            "zone": zone.key,
            "before": f"{wall_time(instant - SECOND, zone) + SECOND:%H:%M}",
            "next": f"{wall_time(instant, zone):%H:%M}",
        }
        self.add_error(name, ValidationError(message, params=params))

    def _refuse_what_is_over(self) -> None:
        """A single run needs a moment to come; one that is stored may stay what it was."""
        moment = self.cleaned_data.get("run_at")
        if not moment or moment > timezone.now():
            return
        if not self.instance._state.adding and moment == self.initial.get("run_at"):  # noqa: SLF001 -- Django's documented API
            return
        zone = zone_or_utc(self.cleaned_data["timezone"])
        message = _("%(time)s in %(zone)s is over: give a moment that is still to come.")  # fmt: skip
        params = {"time": f"{wall_time(moment, zone):%Y-%m-%d %H:%M}", "zone": zone.key}
        self.add_error("run_at", ValidationError(message, params=params))

    def add_error(self, field: str | None, error: Any) -> None:
        """Leave out what the model says of fields that said so themselves, or that are not here."""
        if field is None and hasattr(error, "error_dict"):
            mine = {*self.fields, NON_FIELD_ERRORS} - {*self.errors}
            if "timezone" in self.errors:
                mine -= {*MOMENTS}
            new = {name: said for name, said in error.error_dict.items() if name in mine}  # fmt: skip
            error = ValidationError(new)
        super().add_error(field, error)

    def outlook(self, after: datetime | None = None) -> Outlook | None:
        """What the schedule in this form is about to do; None while it is none."""
        task = self.instance
        if not self.is_bound:
            for name in ScheduledTask.SCHEDULE_FIELDS:
                column = ScheduledTask._meta.get_field(name).attname  # type: ignore[union-attr] # noqa: SLF001 -- columns
                value = self.initial.get(name, getattr(task, column))
                setattr(task, column, value)
        elif {*self.errors} & {*ScheduledTask.SCHEDULE_FIELDS}:
            return None
        reader = timezone.get_current_timezone()
        try:
            return look_ahead(task, SHOWN_SLOTS, after or timezone.now(), reader)
        except ScheduleError:
            return None

    def schedule_faults(self) -> list[tuple[Any, Any]]:
        """The labels of the schedule's fields that are wrong, with what is wrong."""
        errors: Any = self.errors if self.is_bound else self._stored_fault()
        return [
            (self.fields[name].label, errors[name])
            for name in ScheduledTask.SCHEDULE_FIELDS
            if name in errors
        ]

    def _stored_fault(self) -> dict[str, list[str]]:
        """What is wrong with a row that something else spoiled."""
        if self.instance._state.adding:  # noqa: SLF001 -- Django's documented API
            return {}
        try:
            _ = self.instance.schedule
        except ScheduleError as error:
            return {error.field: [translated(error.at_the_field)]}
        return {}

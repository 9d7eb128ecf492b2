"""Calendars: the days on which tasks run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from pages.admin.parts import when_cell
from scheduling import services
from scheduling.admin.task.schedule_inputs import WeekdaysField, is_date
from scheduling.calendar_file import MAX_BYTES
from scheduling.models import Calendar
from scheduling.models.calendar import EVERY_DAY
from scheduling.open_days import OpenDays
from scheduling.outlook import named_days

AHEAD_DAYS, MOST_SHOWN = 366, 15


class NamedDatesField(forms.Field):
    """Dates one a line, each with a name if it has one: `2027-01-01 New Year`."""

    widget = UnfoldAdminTextareaWidget(
        {"rows": 8, "placeholder": "2027-01-01 New Year\n2027-04-30"}
    )

    def to_python(self, value: Any) -> dict[str, str]:
        dates: dict[str, str] = {}
        wrong: list[str] = []
        for line in str(value or "").splitlines():
            day, _space, name = line.strip().partition(" ")
            day = day.rstrip(",;:")
            if is_date(day):
                dates[day] = name.strip()
            elif line.strip():
                wrong.append(line.strip()[:40])
        if wrong:
            message = _("“%(line)s” does not begin with a date: write one date a line, as 2027-01-31, and its name after it if it has one.")  # fmt: skip
            raise ValidationError(message, params={"line": wrong[0]})
        return dates

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{day} {name}".strip() for day, name in value.items())
        if isinstance(value, list):
            return "\n".join(map(str, value))
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class CalendarForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    weekdays = WeekdaysField(
        label=_("Open weekdays"), required=False, initial=EVERY_DAY
    )
    dates = NamedDatesField(
        label=_("Dates"), required=False,
        help_text=_("One date a line, with a name if you like: 2027-01-01 New Year."),
    )  # fmt: skip
    upload = forms.FileField(
        label=_("Calendar file (.ics)"), required=False, widget=UnfoldAdminFileFieldWidget,
        help_text=_("Its events are dates too, as public holidays are published. At most 1 MB."),
    )  # fmt: skip
    forget_file = forms.BooleanField(
        label=_("Leave the stored file out"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Calendar
        fields = ("name", "id", "weekdays", "dates", "only")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = _("Blank: made from the name. It cannot be changed later.")  # fmt: skip

    def clean_upload(self) -> Any:
        upload = self.cleaned_data.get("upload")
        if not upload:
            return None
        if upload.size > MAX_BYTES:
            raise ValidationError(_("This file is larger than 1 MB."))
        try:
            self.instance.file = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_("This is no calendar file: it is not text in UTF-8.")) from error  # fmt: skip
        self.instance.file_name = str(upload.name)[:200]
        return upload

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("forget_file") and not cleaned.get("upload"):
            self.instance.file = ""
        return cleaned

    def _post_clean(self) -> None:
        """The service checks; what it says stands at the fields it means."""
        super()._post_clean()  # type: ignore[misc] # Django's own hook for this
        if self.errors:
            return
        try:
            services.check_calendar(self.instance)
        except ValidationError as error:
            for name, said in error.message_dict.items():
                shown = "upload" if name == "file" else name
                self.add_error(shown if shown in self.fields else None, said)


@admin.register(Calendar)
class CalendarAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = CalendarForm
    list_display = ("name", "open_weekdays", "date_count", "used_by", "changed")
    search_fields = ("id", "name")
    show_full_result_count = False
    list_before_template = "admin/scheduling/calendar/none_yet.html"
    change_form_template = "admin/scheduling/calendar/change_form.html"

    class Media:
        css = {"all": ("backbeat/task-form.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        rows: QuerySet[Calendar] = super().get_queryset(request).defer("file")
        return rows.annotate(task_count=Count("tasks"))

    def get_fieldsets(self, request: HttpRequest, obj: Calendar | None = None) -> Any:
        files = (
            ("upload",)
            if obj is None or not obj.file_name
            else ("upload", "forget_file")
        )
        may = self.has_change_permission(request, obj) if obj else True
        return (
            (None, {"fields": ("name", "id", "weekdays", "dates" if may else "dates_shown", "only")}),
            (_("File"), {"fields": files if may else ("file_name",)}),
        )  # fmt: skip

    def get_readonly_fields(
        self, request: HttpRequest, obj: Calendar | None = None
    ) -> tuple[str, ...]:
        if obj is None:
            return ()
        return ("id",) if self.has_change_permission(request, obj) else ("id", "dates_shown")  # fmt: skip

    def save_model(
        self,
        request: HttpRequest,
        obj: Calendar,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        services.save_calendar(obj, user=request.user)

    def delete_model(self, request: HttpRequest, obj: Calendar) -> None:
        services.delete_calendar(obj, user=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[Calendar]
    ) -> None:
        for calendar in queryset:
            services.delete_calendar(calendar, user=request.user)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> Any:
        calendar = context["original"]
        context |= days_ahead(calendar, timezone.localdate()) if calendar else {}
        return super().render_change_form(request, context, **kwargs)

    @admin.display(description=_("Open weekdays"))
    def open_weekdays(self, calendar: Calendar) -> str:
        if calendar.weekdays == EVERY_DAY:
            return gettext("all")
        return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in calendar.weekdays)

    @admin.display(description=_("Dates"))
    def date_count(self, calendar: Calendar) -> str:
        return str(len(calendar.listed))

    @admin.display(description=_("Dates"))
    def dates_shown(self, calendar: Calendar) -> str:
        return str(NamedDatesField().prepare_value(calendar.dates) or "–")

    @admin.display(description=_("Tasks"), ordering="task_count")
    def used_by(self, calendar: Any) -> SafeString:
        context = {"calendar": calendar}
        return render_to_string("admin/scheduling/calendar/used_by.html", context)

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, calendar: Calendar) -> SafeString:
        return when_cell(calendar.updated_at)


def days_ahead(calendar: Calendar, today: date) -> dict[str, Any]:
    """The next days of a year that are out of the ordinary: closed, or with `only` open ones."""
    names = named_days(calendar)
    days = OpenDays(
        weekdays=frozenset(calendar.weekdays), dates=calendar.listed, only=calendar.only
    )
    year = [today + timedelta(days=step) for step in range(AHEAD_DAYS)]
    found = [
        day
        for day in year
        if day.isoweekday() in calendar.weekdays and days.is_open(day) is calendar.only
    ]
    closed = [
        str(WEEKDAYS[day - 1]) for day in EVERY_DAY if day not in calendar.weekdays
    ]
    return {
        "special_days": [(day, names.get(day.isoformat(), "")) for day in found[:MOST_SHOWN]],
        "more_days": max(len(found) - MOST_SHOWN, 0),
        "closed_weekdays": ", ".join(closed),
    }  # fmt: skip

"""Blackout windows, and the switch that pauses everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from pages.admin.parts import came_from, status_cell
from pages.templatetags.pages import at
from scheduling import services, standing
from scheduling.admin.task.schedule_inputs import (
    ClockField,
    WallTimeField,
    WeekdaysField,
)
from scheduling.admin.task.zones import ZoneSelect, zone_or_utc
from scheduling.blackouts import is_on
from scheduling.exceptions import Conflict
from scheduling.models import Blackout
from scheduling.wall_clock import resolve

_MOMENTS = {"starts_at", "ends_at"}
_SHOWN = ("begins", "ends", "again")
CONFIRM = "admin/scheduling/blackout/pause_all.html"
PAUSED = gettext_noop("Paused everything.")
RESUMED = gettext_noop("Resumed everything.")
ENDED = gettext_noop("Ended before its time.")
_LABELS = {
    "on": ("paused", _("On now")),
    "to_come": ("queued", _("To come")),
    "over": ("finished", _("Over")),
}


class BlackoutForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """All times are those on the wall in the window's own zone."""

    starts_at = WallTimeField(label=_("From"), required=False, help_text=_("Empty: from now on."))  # fmt: skip
    ends_at = WallTimeField(
        label=_("Until"), required=False, help_text=_("Empty: until somebody lifts it.")
    )
    weekdays = WeekdaysField(
        label=_("On these weekdays"), required=False,
        help_text=_("The days on which it begins. None: every day."),
    )  # fmt: skip
    from_time = ClockField(
        label=_("From (time of day)"), required=False,
        help_text=_("With both times it comes again every day, between them."),
    )  # fmt: skip
    until_time = ClockField(
        label=_("Until (time of day)"), required=False,
        help_text=_("Not later than the other: until the next day."),
    )  # fmt: skip

    class Meta:
        model = Blackout
        fields = ("name", "note", "timezone", "starts_at", "ends_at", "weekdays", "from_time", "until_time")  # fmt: skip
        widgets = {
            "note": UnfoldAdminTextareaWidget({"rows": 3}),
            "timezone": ZoneSelect(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in _MOMENTS & self.fields.keys():
            field: Any = self.fields[name]
            field.zone = zone_or_utc(self.instance.timezone)

    def clean(self) -> dict[str, Any]:
        """Resolve what the clock shows in the zone that was chosen."""
        cleaned = super().clean() or self.cleaned_data
        zone = zone_or_utc(cleaned.get("timezone"))
        for name in _MOMENTS & cleaned.keys():
            if cleaned[name] is not None:
                cleaned[name] = resolve(cleaned[name], zone)
        if "starts_at" in cleaned and cleaned["starts_at"] is None:
            cleaned["starts_at"] = timezone.now()
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The database's own rule for the two times has no words; the service's has."""
        left_out: set[str] = super()._get_validation_exclusions()  # type: ignore[misc] # Django's own hook for this
        return {*left_out, "from_time", "until_time"}

    def _post_clean(self) -> None:
        """The service checks; what it says stands at the fields it means."""
        super()._post_clean()  # type: ignore[misc] # Django's own hook for this
        if self.errors:
            return
        try:
            services.check_blackout(self.instance)
        except ValidationError as error:
            _add(self, error)


class PauseForm(forms.Form):
    """Why, and until when: on the reader's clock, whose zone goes with the form."""

    note = forms.CharField(
        label=_("Why"), required=False, max_length=2000, help_text=_("For the others."),
        widget=UnfoldAdminTextInputWidget(),
    )  # fmt: skip
    until = WallTimeField(label=_("Until"), required=False)
    zone = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None) -> None:
        here = timezone.get_current_timezone_name()
        super().__init__(data, initial={"zone": here})
        shown = data.get("zone", here) if data else here
        self.fields["until"].help_text = gettext("By the clock in %(zone)s. Blank: until somebody resumes it.") % {"zone": zone_or_utc(shown).key}  # fmt: skip

    def clean_until(self) -> datetime | None:
        wall = self.cleaned_data["until"]
        zone = zone_or_utc(
            self.data.get("zone") or timezone.get_current_timezone_name()
        )
        return None if wall is None else resolve(wall, zone)


class BlackoutSwitch(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """Pausing and resuming everything, from wherever one is."""

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"{verb}/",
                self.admin_site.admin_view(getattr(self, f"{verb}_view")),
                name=f"scheduling_blackout_{verb}",
            )
            for verb in ("pause_all", "resume_all")
        ]
        return [*own, *super().get_urls()]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("scheduling.operate_blackout"))

    def pause_all_view(self, request: HttpRequest) -> HttpResponse:
        """Say what that means and ask (GET); pause everything (POST)."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form = PauseForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                made = services.pause_all(
                    request.user, note=given["note"], until=given["until"]
                )
            except (Conflict, ValidationError) as error:
                _add(form, error)
            else:
                self.log_addition(request, made, PAUSED)
                standing.forget()
                self.message_user(request, gettext(PAUSED), messages.SUCCESS)
                return redirect(_back(request))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Pause everything?"),
            "opts": self.opts,
            "form": form,
            "next": _back(request),
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, CONFIRM, context, status=status)

    def resume_all_view(self, request: HttpRequest) -> HttpResponse:
        """POST: end what pauses everything."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_operate_permission(request):
            raise PermissionDenied
        try:
            done = services.resume_all(request.user)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
            return redirect(_back(request))
        for each in done.ended:
            self.log_change(request, each, RESUMED)
        standing.forget()
        if done.still_on:
            said = gettext("Resumed, but “%(name)s” is on, which comes again by itself.")  # fmt: skip
            self.message_user(request, said % {"name": done.still_on.name}, messages.WARNING)  # fmt: skip
        else:
            self.message_user(request, gettext("Slots fire again."), messages.SUCCESS)
        return redirect(_back(request))


@admin.register(Blackout)
class BlackoutAdmin(BlackoutSwitch):
    """Windows in which nothing fires. What has been stays: it is history."""

    form = BlackoutForm
    list_display = ("name", "state", "begins", "ends", "again", "made_by")
    list_select_related = ("created_by", "lifted_by")
    list_before_template = "admin/scheduling/blackout/switch.html"
    search_fields = ("name", "note")
    show_full_result_count = False
    actions = None
    sortable_by = ("name", "begins", "ends")
    fieldsets = (
        (None, {"fields": ("name", "note", "timezone", "starts_at", "ends_at")}),
        (_("Every day, or every week"), {"fields": ("weekdays", ("from_time", "until_time"))}),
    )  # fmt: skip

    class Media:
        css = {"all": ("backbeat/task-form.css",)}

    def get_readonly_fields(
        self, request: HttpRequest, obj: Blackout | None = None
    ) -> tuple[str, ...]:
        """A beginning that has been stays."""
        begun = obj is not None and obj.starts_at <= timezone.now()
        return ("starts_at", *_SHOWN) if begun else _SHOWN

    def get_fieldsets(self, request: HttpRequest, obj: Blackout | None = None) -> Any:
        """What cannot be changed is shown by the window's own clock, as the list shows it."""
        if obj is None:
            return self.fieldsets
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "note", *_SHOWN)}),)
        if "starts_at" not in self.get_readonly_fields(request, obj):
            return self.fieldsets
        once = ("name", "note", "timezone", "begins", "ends_at")
        return ((None, {"fields": once}), *self.fieldsets[1:])

    def has_change_permission(
        self, request: HttpRequest, obj: Blackout | None = None
    ) -> bool:
        return bool(super().has_change_permission(request, obj) and not _is_over(obj))

    def has_delete_permission(
        self, request: HttpRequest, obj: Blackout | None = None
    ) -> bool:
        return bool(super().has_delete_permission(request, obj) and not _is_over(obj))

    def save_model(
        self,
        request: HttpRequest,
        obj: Blackout,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        services.save_blackout(obj, user=request.user)
        standing.forget()

    def delete_model(self, request: HttpRequest, obj: Blackout) -> None:
        """One that has begun is ended; the row stays, and says by whom."""
        if not services.delete_blackout(obj, user=request.user):
            self.log_change(request, obj, ENDED)
            said = gettext("It had begun, so it was ended and is kept as history.")
            self.message_user(request, said, messages.INFO)
        standing.forget()

    @admin.display(description=_("State"))
    def state(self, blackout: Blackout) -> SafeString:
        look, label = _LABELS[state_of(blackout)]
        return status_cell(look, str(label))

    @admin.display(description=_("From"), ordering="starts_at")
    def begins(self, blackout: Blackout) -> str:
        return at(blackout.starts_at, blackout.timezone)

    @admin.display(description=_("Until"), ordering="ends_at")
    def ends(self, blackout: Blackout) -> str:
        return at(blackout.ends_at, blackout.timezone)

    @admin.display(description=_("Recurs"))
    def again(self, blackout: Blackout) -> str:
        if blackout.from_time is None or blackout.until_time is None:
            return "–"
        days = ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in blackout.weekdays)
        times = f"{blackout.from_time:%H:%M}–{blackout.until_time:%H:%M}"
        return f"{days or gettext('every day')} {times}"

    @admin.display(description=_("Made by"), ordering="created_by__username")
    def made_by(self, blackout: Blackout) -> Any:
        return blackout.created_by or "–"


def state_of(blackout: Blackout) -> str:
    """`on`, `to_come` (also between two times of one that recurs) or `over`."""
    if _is_over(blackout):
        return "over"
    return "on" if is_on(blackout, timezone.now()) else "to_come"


def _is_over(blackout: Blackout | None) -> bool:
    return (
        blackout is not None
        and blackout.ends_at is not None
        and blackout.ends_at <= timezone.now()
    )


def _add(form: forms.BaseForm, error: Conflict | ValidationError) -> None:
    if isinstance(error, Conflict):
        form.add_error(None, str(error))
        return
    for name, said in error.message_dict.items():
        form.add_error(name if name in form.fields else None, said)


def _back(request: HttpRequest) -> str:
    return came_from(request, reverse("admin:index"))

"""Backfill: which slots of the past would run, and a button that runs them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from pages.translation import translated
from scheduling import services
from scheduling.admin.task.switch import TaskSwitch
from scheduling.exceptions import Conflict
from scheduling.ledger_words import zone_of
from scheduling.models import ScheduledTask
from scheduling.moments import MomentError, read_moment
from scheduling.services.backfills import (
    DEFAULT_PER_MINUTE,
    MAX_NOTE_CHARS,
    MAX_PER_MINUTE,
)

PAGE = "admin/scheduling/scheduledtask/backfill.html"
ASKED = gettext_noop("Asked for a backfill.")
_DAY = timedelta(days=1)


class BackfillForm(forms.Form):
    """A range in the task's zone, and how to run it."""

    from_at = forms.CharField(label=_("From"), widget=UnfoldAdminTextInputWidget)
    until_at = forms.CharField(
        label=_("Until"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Included."),
    )
    per_minute = forms.IntegerField(
        label=_("Runs a minute"),
        min_value=1,
        max_value=MAX_PER_MINUTE,
        initial=DEFAULT_PER_MINUTE,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("No more than so many start in a minute."),
    )
    again = forms.BooleanField(
        label=_("Again"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("Also slots that have succeeded already."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=MAX_NOTE_CHARS,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Why, for the others."),
    )

    def __init__(self, task: ScheduledTask, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task
        for name in ("from_at", "until_at"):
            self.fields[name].widget.attrs |= {"type": "datetime-local", "step": 1}
            self.fields[name].widget.input_type = "datetime-local"

    def clean_from_at(self) -> datetime:
        return self._moment("from_at")

    def clean_until_at(self) -> datetime:
        return self._moment("until_at", end=True)

    def _moment(self, name: str, *, end: bool = False) -> datetime:
        try:
            return read_moment(self.cleaned_data[name], zone_of(self.task), end=end)
        except MomentError as error:
            raise ValidationError(translated(error.sentence)) from error


class TaskBackfill(TaskSwitch):
    """The part of `ScheduledTaskAdmin` that runs slots of the past."""

    @action(description=_("Backfill"), icon="history_toggle_off", url_path="backfill", permissions=["operate"])  # type: ignore[untyped-decorator]  # fmt: skip
    def backfill(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a range (GET), say what would run, and with `create` make it (POST)."""
        task = self.task_at(request, object_id)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": gettext("Backfill “%(name)s”") % {"name": task.name},
            "opts": self.opts,
            "original": task,
            "task": task,
            "zone": zone_of(task),
            "latest": task.backfills.all()[:5],
        }
        if request.method != "POST":
            context["form"] = BackfillForm(task, initial=_initial(request, task))
            return TemplateResponse(request, PAGE, context)
        form = BackfillForm(task, request.POST)
        context["form"] = form
        if form.is_valid():
            try:
                if "create" in request.POST:
                    return self._made(request, task, form)
                context["planned"] = _planned(task, form)
            except Conflict as error:
                form.add_error(None, str(error))
            except ValidationError as error:
                form.add_error(None, error)
        return TemplateResponse(request, PAGE, context)

    def _made(
        self, request: HttpRequest, task: ScheduledTask, form: BackfillForm
    ) -> HttpResponse:
        made = services.create_backfill(task, **form.cleaned_data, user=request.user)
        self.log_change(request, task, ASKED)
        return redirect("admin:scheduling_backfill_change", made.pk)


def _planned(task: ScheduledTask, form: BackfillForm) -> Any:
    asked = {name: value for name, value in form.cleaned_data.items() if name != "note"}
    return services.plan_backfill(task, **asked)


def _initial(request: HttpRequest, task: ScheduledTask) -> dict[str, str]:
    """The range that the address names, else the last seven days."""
    zone, now = zone_of(task), timezone.now()
    return {
        name: request.GET.get(name, "")
        or at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
        for name, at in (("from_at", now - 7 * _DAY), ("until_at", now))
    }

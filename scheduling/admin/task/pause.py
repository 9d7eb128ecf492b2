"""Pausing and resuming with a note, for one task and for several: ask, then do it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from scheduling import services
from scheduling.admin.task.outcome import chosen, each, tell
from scheduling.admin.task.schedule_inputs import WallTimeField
from scheduling.admin.task.state import state_of
from scheduling.admin.task.switch import PAUSED, TaskSwitch
from scheduling.admin.task.zones import zone_or_utc
from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask
from scheduling.services.pauses import MAX_NOTE_CHARS
from scheduling.wall_clock import resolve

PAGE = "admin/scheduling/scheduledtask/pause.html"
PAGE_OF_SEVERAL = "admin/scheduling/scheduledtask/pause_selected.html"

Tasks = QuerySet[ScheduledTask]


class PauseForm(forms.Form):
    """Why, and until when, by the clock of `zone`."""

    note = forms.CharField(
        label=_("Why"), required=False, max_length=MAX_NOTE_CHARS,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Shown on the task's page and at every slot that is skipped."),
    )  # fmt: skip
    resume_at = WallTimeField(label=_("Resumes by itself at"), required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        field: Any = self.fields["resume_at"]
        field.zone = zone
        text = gettext("By the clock in %(zone)s. Blank: until somebody resumes it.")
        field.help_text = text % {"zone": zone.key}

    def clean_resume_at(self) -> datetime | None:
        wall = self.cleaned_data["resume_at"]
        if wall is None:
            return None
        instant = resolve(wall, self.zone)
        if instant <= timezone.now():
            raise ValidationError(gettext("This is over: give a moment that is still to come."))  # fmt: skip
        return instant


class TaskPausing(TaskSwitch):
    """The part of `ScheduledTaskAdmin` that pauses and resumes."""

    @action(description=_("Pause or resume"), icon="pause_circle", url_path="pause", permissions=["operate"])  # type: ignore[untyped-decorator]  # fmt: skip
    def confirm_pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why and until when (GET); pause it, or resume it with `resume` (POST)."""
        task = self.task_at(request, object_id)
        zone = zone_or_utc(task.timezone)
        if request.method != "POST":
            known = {"note": task.pause_note, "resume_at": task.resume_at}
            return self._asked(request, task, PauseForm(initial=known, zone=zone))
        form = PauseForm(request.POST, zone=zone)
        if "resume" in request.POST:
            for reason in self.put(request, [task], active=True).refused:
                form.add_error(None, reason)
        elif form.is_valid():
            self._pause(request, task, form)
        if form.errors:
            return self._asked(request, task, form)
        return redirect("admin:scheduling_scheduledtask_change", task.pk)

    def _pause(
        self, request: HttpRequest, task: ScheduledTask, form: PauseForm
    ) -> None:
        try:
            services.pause_task(task, user=request.user, **form.cleaned_data)
        except (ValidationError, Conflict) as error:
            form.add_error(None, getattr(error, "messages", None) or str(error))
        else:
            self.log_change(request, task, PAUSED)

    def _asked(
        self, request: HttpRequest, task: ScheduledTask, form: PauseForm
    ) -> HttpResponse:
        title = gettext("Pause “%(name)s”?") if task.active else gettext("“%(name)s” is paused")  # fmt: skip
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"name": task.name},
            "opts": self.opts,
            "original": task,
            "task": task,
            "state": state_of(task, timezone.now()),
            "form": form,
        }
        return TemplateResponse(request, PAGE, context)

    @admin.action(description=_("Pause"), permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: Tasks) -> HttpResponse | None:
        """The same for several, from the list: its answer asks, and is sent back with `post`."""
        zone = timezone.get_current_timezone()
        form = PauseForm(request.POST if "post" in request.POST else None, zone=zone)
        if not form.is_valid():
            return self._asked_of_several(request, queryset, form)
        verb = partial(services.pause_task, **form.cleaned_data)
        outcome = each(queryset, verb, request.user)
        for task in outcome.done:
            self.log_change(request, task, PAUSED)
        paused = ngettext_lazy(
            "Paused %(count)d task.", "Paused %(count)d tasks.", "count"
        )
        tell(request, outcome, paused)
        return None

    def _asked_of_several(
        self, request: HttpRequest, tasks: Tasks, form: PauseForm
    ) -> HttpResponse:
        asked = chosen(request, tasks)
        count = asked["count"]
        title = ngettext("Pause %(count)d task?", "Pause %(count)d tasks?", count)
        context = {
            **self.admin_site.each_context(request),
            **asked,
            "title": title % {"count": count},
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, PAGE_OF_SEVERAL, context)

    @admin.action(description=_("Resume"), permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: Tasks) -> None:
        tell(
            request,
            self.put(request, queryset, active=True),
            ngettext_lazy(
                "Resumed %(count)d task.", "Resumed %(count)d tasks.", "count"
            ),
            ngettext_lazy(
                "%(count)d was active already.",
                "%(count)d were active already.",
                "count",
            ),
        )

"""The live preview of a schedule: its words and its next times, while it is being written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
)
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from unfold.admin import ModelAdmin

from scheduling.admin.task.schedule_form import ScheduleForm
from scheduling.admin.task.zones import offset_text
from scheduling.models import ScheduledTask
from scheduling.projection import project
from scheduling.schedule import Schedule
from scheduling.wall_clock import offset_at

PREVIEW = "scheduling/task/preview.html"


class SchedulePanel(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The preview's part of `ScheduledTaskAdmin`: `preview/`, by POST, saves nothing."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.preview_view)
        name = "scheduling_scheduledtask_preview"
        return [path("preview/", view, name=name), *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with a piece of the page. `task` names the stored one, whose age counts."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        task = ScheduledTask.objects.filter(pk=request.POST.get("task", "")).first()
        if not (
            self.has_view_or_change_permission(request, task)
            or self.has_add_permission(request)
        ):
            raise PermissionDenied
        form = ScheduleForm(request.POST, instance=task)
        _with_costs(form.instance, request.POST.dict())
        return render(request, PREVIEW, preview_context(form))


def preview_context(form: ScheduleForm) -> dict[str, Any]:
    """What the template of the preview is given."""
    outlook = form.outlook()
    task = form.instance
    reader = timezone.get_current_timezone()
    lines = outlook.lines if outlook else ()
    schedule = outlook.schedule if outlook else None
    return {
        "outlook": outlook,
        "preview": outlook.preview if outlook else None,
        "faults": form.schedule_faults(),
        "words": outlook.words(get_language() or "en") if outlook else "",
        "firing": sum(line.is_open for line in lines),
        "reader": reader,
        "offset": _offset_of_the_moment(schedule) if schedule else "",
        "same_zone": schedule is not None and str(reader) == schedule.timezone,
        "same_times": all(_wall(line.local) == _wall(line.reader_local) for line in lines),
        "any_why": any(line.why for line in lines),
        "runs_left": _runs_left(task),
        "projection": project(task, timezone.now()) if outlook else None,
        "at_once": task._state.adding  # noqa: SLF001 -- Django's documented API
        and task.first_run == ScheduledTask.FirstRun.AT_ONCE,
    }  # fmt: skip


def _with_costs(task: ScheduledTask, sent: Mapping[str, Any]) -> None:
    """Put on `task` what the form says of its agent and limit, as far as it can be read."""
    if "agent" in sent:
        task.agent_id = str(sent["agent"])
    if "month_cost_limit" in sent:
        try:
            limit = Decimal(str(sent["month_cost_limit"]))
        except InvalidOperation:
            limit = Decimal("NaN")
        task.month_cost_limit = limit if limit.is_finite() else None


def _runs_left(task: ScheduledTask) -> int | None:
    return task.max_runs and max(task.max_runs - task.scheduled_runs, 0)


def _wall(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _offset_of_the_moment(schedule: Schedule) -> str:
    """Of a single run; Django's `date` leaves it out where the clock shows a time twice."""
    moment = schedule.run_at
    return offset_text(offset_at(moment, schedule.zone)) if moment else ""

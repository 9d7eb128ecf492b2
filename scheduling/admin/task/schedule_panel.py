"""The live preview of a schedule: its words and its next times, while it is being written."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from unfold.admin import ModelAdmin

from scheduling.admin.task.schedule_form import ScheduleForm
from scheduling.admin.task.zones import offset_text
from scheduling.describe import describe
from scheduling.models import ScheduledTask
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
        return render(request, PREVIEW, preview_context(form))


def preview_context(form: ScheduleForm) -> dict[str, Any]:
    """What the template of the preview is given."""
    preview = form.preview()
    reader = timezone.get_current_timezone()
    zone = preview.schedule.timezone if preview else ""
    slots = preview.slots if preview else ()
    return {
        "preview": preview,
        "faults": form.schedule_faults(),
        "words": describe(preview.schedule, get_language() or "en") if preview else "",
        "reader": reader,
        "offset": _offset_of_the_moment(preview.schedule) if preview else "",
        "same_zone": str(reader) == zone,
        "same_times": preview is not None
        and all(
            _wall(slot, reader) == _wall(slot, preview.schedule.zone) for slot in slots
        ),
    }


def _wall(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _offset_of_the_moment(schedule: Schedule) -> str:
    """Of a single run; Django's `date` leaves it out where the clock shows a time twice."""
    moment = schedule.run_at
    return offset_text(offset_at(moment, schedule.zone)) if moment else ""

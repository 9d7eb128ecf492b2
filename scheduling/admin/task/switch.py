"""The switch in a row of the list: pause and resume by one press."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from unfold.admin import ModelAdmin

from pages.admin.parts import came_from
from scheduling import services
from scheduling.admin.task.outcome import Outcome, each
from scheduling.admin.task.state import state_of
from scheduling.models import ScheduledTask

CELLS = "admin/scheduling/scheduledtask/list/switched.html"
# Written down as they are, and translated where they are shown.
PAUSED = gettext_noop("Paused.")
RESUMED = gettext_noop("Resumed.")


class TaskSwitch(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The switch's part of `ScheduledTaskAdmin`."""

    def get_urls(self) -> list[Any]:
        switch = path(
            "<path:object_id>/switch/",
            self.admin_site.admin_view(self.switch_view),
            name="scheduling_scheduledtask_switch",
        )
        return [switch, *super().get_urls()]

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Run now, pause and resume: a right of its own, apart from changing tasks."""
        return bool(
            self.has_view_permission(request)
            and request.user.has_perm("scheduling.operate_scheduledtask")
        )

    def task_at(self, request: HttpRequest, object_id: str) -> ScheduledTask:
        """The task that a URL names; 404 when there is none."""
        task = self.get_object(request, unquote(object_id))
        if not isinstance(task, ScheduledTask):
            raise Http404(_("There is no such task (any more)."))
        return task

    def put(
        self, request: HttpRequest, tasks: Iterable[ScheduledTask], *, active: bool
    ) -> Outcome:
        """Resume or pause `tasks`, and note it among their changes."""
        verb = services.resume_task if active else services.pause_task
        outcome = each(tasks, verb, request.user, _stands(active=active))
        for task in outcome.done:
            self.log_change(request, task, RESUMED if active else PAUSED)
        return outcome

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Resume (`active=1`) or pause. htmx gets the row's new cells, others the list again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_operate_permission(request):
            raise PermissionDenied
        task = self.task_at(request, object_id)
        resume = request.POST.get("active") == "1"
        refused = self.put(request, [task], active=resume).refused
        for reason in refused:
            messages.warning(request, reason)
        if not request.headers.get("HX-Request"):
            return HttpResponseRedirect(_back(request))
        if refused:  # the list says why when it comes again
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return render(request, CELLS, _cells(task))


def _stands(*, active: bool) -> Callable[[ScheduledTask], bool]:
    """Whether a task stands so already. One that was set aside is looked at again."""
    return lambda task: task.active is active and not (active and task.schedule_error)


def _cells(task: ScheduledTask) -> dict[str, Any]:
    return {"task": task, "state": state_of(task, timezone.now())}


def _back(request: HttpRequest) -> str:
    return came_from(request, reverse("admin:scheduling_scheduledtask_changelist"))

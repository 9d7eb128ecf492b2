"""The switch in a row of the list: pause and resume by one press."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from pages.admin.parts import when_cell
from scheduling import services
from scheduling.admin.task.outcome import each
from scheduling.admin.task.state import state_of
from scheduling.models import ScheduledTask

CELLS = "admin/scheduling/scheduledtask/list/switched.html"


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

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Resume (`active=1`) or pause. htmx gets the row's new cells, others the list again."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_operate_permission(request):
            raise PermissionDenied
        task = self.task_at(request, object_id)
        resume = request.POST.get("active") == "1"
        verb = services.resume_task if resume else services.pause_task
        refused = each([task], verb, request.user).refused
        for reason in refused:
            messages.warning(request, reason)
        if not request.headers.get("HX-Request"):
            return redirect(_back(request))
        if refused:  # the list says why when it comes again
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return render(request, CELLS, _cells(task))


def _cells(task: ScheduledTask) -> dict[str, Any]:
    return {
        "task": task,
        "state": state_of(task, timezone.now()),
        "next_run": when_cell(task.next_run_at, task.timezone),
    }


def _back(request: HttpRequest) -> str:
    """The page that the form came from, with its filters; the list when it names another site."""
    to = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return to
    return reverse("admin:scheduling_scheduledtask_changelist")

"""What people do to tasks: run now, clone, look at the runs, pause, resume. Nothing of it by GET."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from scheduling.admin.task.adoption import TaskAdoption
from scheduling.admin.task.backfill import TaskBackfill
from scheduling.admin.task.clone import TaskCloning
from scheduling.admin.task.deletion import TaskDeletion
from scheduling.admin.task.exports import TaskExports
from scheduling.admin.task.loading import TaskLoading
from scheduling.admin.task.pause import TaskPausing
from scheduling.admin.task.run_now import TaskRunNow
from scheduling.admin.task.trigger_keys import TaskTriggerKeys

OF_ONE = ("confirm_run", "confirm_pause", "clone", "runs")
DELETE = "delete_selected"


class TaskActions(
    TaskRunNow,
    TaskPausing,
    TaskBackfill,
    TaskCloning,
    TaskTriggerKeys,
    TaskExports,
    TaskDeletion,
    TaskAdoption,
    TaskLoading,
):
    """The actions' part of `ScheduledTaskAdmin`."""

    actions = ("run_now", "pause", "resume", "adopt")
    actions_list = ("import_tasks",)
    actions_row = OF_ONE
    actions_detail = (
        "confirm_run",
        "confirm_pause",
        {
            "title": _("More"),
            "icon": "more_horiz",
            "items": ["clone", "runs", "backfill", "trigger_keys", "exports"],
        },
    )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """What cannot be taken back comes last."""
        offered: dict[str, Any] = super().get_actions(request)
        if DELETE in offered:
            offered[DELETE] = offered.pop(DELETE)
        return offered

    @action(description=_("Clone"), icon="content_copy", url_path="clone", permissions=["clone"])  # type: ignore[untyped-decorator]  # fmt: skip
    def clone(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the form of a copy, which saves nothing by itself."""
        task = self.task_at(request, object_id)
        form = reverse("admin:scheduling_scheduledtask_add")
        return redirect(f"{form}?{urlencode({'clone': task.pk})}")

    @action(description=_("History"), icon="history", url_path="runs", permissions=["history"])  # type: ignore[untyped-decorator]  # fmt: skip
    def runs(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lead to the runs of this task."""
        task = self.task_at(request, object_id)
        runs = reverse("admin:scheduling_run_changelist")
        return redirect(f"{runs}?{urlencode({'task__id__exact': task.pk})}")

    def has_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not "scheduling.view_run" at the action: unfold would ask the database for it while
        # Django checks itself, before the first migration.
        return bool(request.user.has_perm("scheduling.view_run"))

"""What people do to tasks: run now, clone, look at the runs, pause, resume. Nothing of it by GET."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from scheduling import services
from scheduling.admin.task.clone import TaskCloning
from scheduling.admin.task.deletion import TaskDeletion
from scheduling.admin.task.outcome import each, tell
from scheduling.admin.task.switch import TaskSwitch
from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask

CONFIRM = "admin/scheduling/scheduledtask/run_now.html"
MOST_RUNS_NAMED = 5
OF_ONE = ("confirm_run", "clone", "runs")

Tasks = QuerySet[ScheduledTask]


class TaskActions(TaskSwitch, TaskCloning, TaskDeletion):
    """The actions' part of `ScheduledTaskAdmin`."""

    actions = ("run_now", "pause", "resume")
    actions_row = OF_ONE
    actions_detail = OF_ONE

    @action(description=_("Run now"), icon="play_arrow", url_path="run-now", permissions=["operate"])  # type: ignore[untyped-decorator]  # fmt: skip
    def confirm_run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what would run and ask (GET); queue it and show the run (POST)."""
        task = self.task_at(request, object_id)
        if request.method != "POST":
            return self._confirmation(request, task)
        try:
            run = services.run_now(task, user=request.user)
        except Conflict as error:
            return self._confirmation(request, task, refused=str(error))
        messages.success(request, gettext("The run is queued."))
        return redirect("admin:scheduling_run_change", run.pk)

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

    @admin.action(description=_("Run now"), permissions=["operate"])
    def run_now(self, request: HttpRequest, queryset: Tasks) -> None:
        done = each(queryset, services.run_now, request.user)
        tell(
            request,
            done,
            ngettext_lazy(
                "Queued a run of %(count)d task.",
                "Queued runs of %(count)d tasks.",
                "count",
            ),
        )

    @admin.action(description=_("Pause"), permissions=["operate"])
    def pause(self, request: HttpRequest, queryset: Tasks) -> None:
        done = each(queryset, services.pause_task, request.user)
        tell(
            request,
            done,
            ngettext_lazy("Paused %(count)d task.", "Paused %(count)d tasks.", "count"),
        )

    @admin.action(description=_("Resume"), permissions=["operate"])
    def resume(self, request: HttpRequest, queryset: Tasks) -> None:
        done = each(queryset, services.resume_task, request.user)
        tell(
            request,
            done,
            ngettext_lazy(
                "Resumed %(count)d task.", "Resumed %(count)d tasks.", "count"
            ),
        )

    def has_history_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Not "scheduling.view_run" at the action: unfold would ask the database for it while
        # Django checks itself, before the first migration.
        return bool(request.user.has_perm("scheduling.view_run"))

    def _confirmation(
        self, request: HttpRequest, task: ScheduledTask, refused: str = ""
    ) -> HttpResponse:
        """What would run, who would be told, what is under way, and a button."""
        agent = task.agent
        if not agent.active:
            refused = gettext("The agent “%(name)s” is switched off. Switch it on first.") % {"name": agent.name}  # fmt: skip
        under_way = task.runs.filter(status__in=Run.ACTIVE).only("id", "status", "created_at")  # fmt: skip
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Run “%(name)s” now?") % {"name": task.name},
            "opts": self.opts,
            "task": task,
            "agent": agent,
            # Without URL and headers: a lost key must not take this page with it.
            "webhooks": task.webhooks.filter(active=True).defer("url", "headers"),
            "under_way": under_way[:MOST_RUNS_NAMED],
            "refused": refused,
        }
        status = 409 if refused and request.method == "POST" else 200
        return TemplateResponse(request, CONFIRM, context, status=status)

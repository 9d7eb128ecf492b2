"""Run now, for one task and for several: say what would run, ask, queue it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_noop, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from notifications.models import Webhook
from pages.people import name_and_id
from scheduling import services
from scheduling.admin.task.outcome import chosen, each, tell
from scheduling.admin.task.switch import TaskSwitch
from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask

CONFIRM = "admin/scheduling/scheduledtask/run_now.html"
CONFIRM_SEVERAL = "admin/scheduling/scheduledtask/run_now_selected.html"
MOST_RUNS_NAMED = 5
ASKED = gettext_noop("Asked for a run now.")

Tasks = QuerySet[ScheduledTask]


class TaskRunNow(TaskSwitch):
    """The part of `ScheduledTaskAdmin` that runs tasks beside their schedule."""

    @action(description=_("Run now"), icon="play_arrow", url_path="run-now", permissions=["operate"])  # type: ignore[untyped-decorator]  # fmt: skip
    def confirm_run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what would run and ask (GET); queue it and show the run (POST)."""
        task = self.task_at(request, object_id)
        if request.method != "POST":
            return self._confirmation(request, task)
        try:
            run = services.run_now(task, user=request.user, run_id=_asked_id(request))
        except Conflict as error:
            return self._confirmation(request, task, refused=str(error))
        self.log_change(request, task, ASKED)
        return redirect("admin:scheduling_run_change", run.pk)

    @admin.action(description=_("Run now"), permissions=["operate"])
    def run_now(self, request: HttpRequest, queryset: Tasks) -> HttpResponse | None:
        """The same for several, from the list: its answer asks, and is sent back with `post`."""
        if "post" not in request.POST:
            return self._confirmation_of_several(request, queryset)
        outcome = each(queryset, services.run_now, request.user)
        for task in outcome.done:
            self.log_change(request, task, ASKED)
        done = ngettext_lazy(
            "Queued a run of %(count)d task.",
            "Queued runs of %(count)d tasks.",
            "count",
        )
        tell(request, outcome, done)
        return None

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
            "original": task,
            "task": task,
            "agent": agent,
            "inbox": name_and_id(task.target_user_id),
            "run_id": uuid.uuid4(),
            # Without URL and headers: a lost key must not take this page with it.
            "webhooks": _told_by(task),
            "under_way": under_way[:MOST_RUNS_NAMED],
            "refused": refused,
        }
        status = 409 if refused and request.method == "POST" else 200
        return TemplateResponse(request, CONFIRM, context, status=status)

    def _confirmation_of_several(
        self, request: HttpRequest, tasks: Tasks
    ) -> HttpResponse:
        """The tasks that would run, and a button."""
        asked = chosen(request, tasks)
        count = asked["count"]
        busy = Run.objects.filter(task__in=asked["tasks"], status__in=Run.ACTIVE)
        title = ngettext("Run %(count)d task now?", "Run %(count)d tasks now?", count)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            **asked,
            "title": title % {"count": count},
            "opts": self.opts,
            "busy": set(busy.values_list("task_id", flat=True)),
        }
        return TemplateResponse(request, CONFIRM_SEVERAL, context)


def _told_by(task: ScheduledTask) -> list[Webhook]:
    own = task.webhooks.filter(active=True).defer(*Webhook.ENCRYPTED)
    shared = services.address_book().filter(tasks=task, active=True)
    return [*own, *shared]


def _asked_id(request: HttpRequest) -> uuid.UUID | None:
    """The id that the question gave the run, so that two clicks queue one run."""
    try:
        return uuid.UUID(request.POST.get("run_id", ""))
    except ValueError:
        return None

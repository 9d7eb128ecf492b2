"""How a task that exists is doing, beside its form."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from pages.translation import translated
from scheduling import planning, spending
from scheduling.admin.agent_acts import origin_of
from scheduling.admin.events import events_of
from scheduling.admin.incidents import incidents_of
from scheduling.admin.task.state import state_of
from scheduling.models import Run, ScheduledTask

User = AbstractBaseUser | AnonymousUser


def state_context(task: ScheduledTask, user: User) -> dict[str, Any]:
    """What the template of the panel is given. The last run only for those who may look at runs."""
    may_view_runs = user.has_perm("scheduling.view_run")  # type: ignore[union-attr] # staff
    known = task.last_status in Run.Status.values
    label = Run.Status(task.last_status).label if known else task.last_status
    now = timezone.now()
    budget = spending.used_up([task], now).get(task.id)
    return {
        "state": state_of(task, now),
        "budget": translated(budget.words) if budget else "",
        "used_up": planning.is_used_up(task),
        "last_label": label,
        "may_view_runs": may_view_runs,
        "last_run": _last_run(task) if may_view_runs and task.last_status else None,
        **events_of(task, user),
        **incidents_of(task, user),
        **origin_of(task),
    }


def _last_run(task: ScheduledTask) -> Run | None:
    """The run whose result is the task's last."""
    ended = task.runs.filter(status=task.last_status, session_id=None)
    return ended.only("id").order_by("-created_at", "-id").first()

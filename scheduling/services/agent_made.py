"""What people do about the schedules that agents made: stop them all, take one over."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from scheduling.exceptions import Conflict
from scheduling.lineage import IS_SUSPENDED, made_by_agents
from scheduling.models import ScheduledTask
from scheduling.services.pauses import pause_task
from scheduling.services.people import User
from scheduling.services.saving import lock
from scheduling.services.versions import record_task

# Written down as they are, and translated where they are shown.
STOPPED = "All schedules made by agents were stopped."
ADOPTED = gettext_noop("Taken over from its agent.")


def still_going() -> QuerySet[ScheduledTask]:
    """The tasks made by agents that fire, or that their agents could resume."""
    return made_by_agents().filter(Q(active=True) | IS_SUSPENDED).order_by("id")


def stop_agent_made(*, user: User, note: str = "") -> list[ScheduledTask]:
    """Pause all tasks that agents made; only people may resume them. Returns which.

    Runs under way go on. Each pause is a transaction of its own: one that was deleted
    meanwhile stops no other.
    """
    stopped = []
    for task in still_going():
        try:
            stopped.append(pause_task(task, user=user, note=note or STOPPED))
        except Conflict:
            continue
    return stopped


def adopt_task(task: ScheduledTask, *, user: User) -> ScheduledTask:
    """Make a task that an agent made a person's: no agent may touch it from now on.

    Raises `Conflict` when no agent made it, or it was deleted.
    """
    with transaction.atomic():
        before = lock(task.pk)
        if before is None:
            raise Conflict(_("The task %(id)r was deleted.") % {"id": task.pk})
        if not before.lineage:
            raise Conflict(_("The task %(id)r was not made by an agent.") % {"id": task.pk})  # fmt: skip
        blank = {"lineage": "", "depth": 0, "made_by_run": None}
        ScheduledTask.objects.filter(pk=task.pk).update(**blank, may_schedule=False)
        task.refresh_from_db()
        record_task(task, user=user, note=ADOPTED)
    return task

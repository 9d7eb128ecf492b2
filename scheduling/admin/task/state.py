"""The state of a task as people see it, for a row and for a filter alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from scheduling.models import ScheduledTask

LATE_AFTER = timedelta(seconds=60)


class State(TextChoices):
    """The values are those of `pages.status`."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    LATE = "late", _("Late")
    FINISHED = "finished", _("Finished")
    SET_ASIDE = "set_aside", _("Set aside")
    BLOCKED = "blocked", _("Blocked")


def state_of(task: ScheduledTask, now: datetime) -> State:
    """The state of `task`, whose agent is loaded, at `now`."""
    if task.schedule_error:
        return State.SET_ASIDE
    if not task.active:
        return State.PAUSED
    if task.agent.blocked_at:
        return State.BLOCKED
    if task.late_since or (task.due_at and task.due_at < now - LATE_AFTER):
        return State.LATE
    has_slots = task.schedule_type != ScheduledTask.Type.NONE
    return State.FINISHED if has_slots and task.due_at is None else State.ACTIVE


def in_state(state: State, now: datetime) -> Q:
    """The tasks that are in `state` at `now`."""
    fine = Q(schedule_error="")
    blocked = Q(agent__blocked_at__isnull=False)
    on = fine & Q(active=True) & ~blocked
    late = Q(late_since__isnull=False) | Q(due_at__lt=now - LATE_AFTER, due_at__isnull=False)  # fmt: skip
    finished = Q(due_at=None) & ~Q(schedule_type=ScheduledTask.Type.NONE)
    match state:
        case State.SET_ASIDE:
            return ~fine
        case State.PAUSED:
            return fine & Q(active=False)
        case State.BLOCKED:
            return fine & Q(active=True) & blocked
        case State.LATE:
            return on & late
        case State.FINISHED:
            return on & ~late & finished
        case State.ACTIVE:
            return on & ~late & ~finished

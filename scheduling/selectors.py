"""Read shapes that span models."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from notifications.models import Incident
from notifications.selectors import delivery_counts
from scheduling.models import Event, Run, ScheduledTask

User = AbstractBaseUser | AnonymousUser
Status = Run.Status
_SHOWN = 10
_LATE_SECONDS = 60
#: From its slot to its end, tries and queue included. It bounds what an index has to yield.
_LONGEST_RUN = timedelta(days=7)


def tasks_visible_to(user: User) -> QuerySet[ScheduledTask]:
    """The tasks `user` may see: all for staff, else those they own or are the target of."""
    if getattr(user, "is_staff", False):
        return ScheduledTask.objects.all()
    return ScheduledTask.objects.filter(
        Q(owner_id=user.pk) | Q(target_user_id=str(user.pk))
    )


def owns(user: Any, task: ScheduledTask | None) -> bool:
    """Whether `user` is staff or the owner of `task`, not only its target."""
    return bool(user.is_staff or (task is not None and task.owner_id == user.pk))


def runs_visible_to(user: User) -> QuerySet[Run]:
    """The runs `user` may see: all for staff, else those of the tasks they may see."""
    if getattr(user, "is_staff", False):
        return Run.objects.all()
    return Run.objects.filter(Q(task__owner_id=user.pk) | Q(user_id=str(user.pk)))


def events_visible_to(user: User) -> QuerySet[Event]:
    """The events `user` may see: all for staff, else those of the tasks they may see."""
    if getattr(user, "is_staff", False):
        return Event.objects.all()
    return Event.objects.filter(
        Q(task__owner_id=user.pk) | Q(task__target_user_id=str(user.pk))
    )


def incidents_visible_to(user: User) -> QuerySet[Incident]:
    """The incidents `user` may see: all for staff, else those of the tasks they own.

    Not those of somebody's deleted task whose id they have taken.
    """
    if getattr(user, "is_staff", False):
        return Incident.objects.all()
    tasks = ScheduledTask.objects.filter(
        id=OuterRef("task_id"),
        owner_id=user.pk,
        created_at__lte=OuterRef("opened_at"),
    )
    return Incident.objects.filter(Exists(tasks))


def health_report() -> dict[str, Any]:
    """The state of this installation, as the `health` agent reports it.

    Counts cover the last 24 hours; times are ISO 8601 in UTC. A constant number of queries.
    """
    now = timezone.now()
    day = now - timedelta(hours=24)
    active = ScheduledTask.objects.filter(active=True)
    late = active.filter(due_at__lt=now - timedelta(seconds=_LATE_SECONDS))
    failures = Run.objects.filter(
        status=Status.FAILED, finished_at__gte=day, created_at__gte=day - _LONGEST_RUN
    )
    upcoming = active.filter(next_run_at__gte=now).order_by("next_run_at")
    oldest = (
        Run.objects.filter(status=Status.QUEUED, waits_for="", next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at", flat=True)
        .first()
    )
    by_state = dict(
        ScheduledTask.objects.order_by().values_list("active").annotate(Count("id"))
    )
    return {
        "generated_at": now.isoformat(timespec="seconds"),
        "runs_last_24h": Run.objects.filter(created_at__gte=day).aggregate(
            **{each: Count("id", filter=Q(status=each)) for each in Run.FINAL}
        ),
        **Run.objects.filter(status__in=Run.ACTIVE).aggregate(
            queued=Count("id", filter=Q(status=Status.QUEUED)),
            running=Count("id", filter=Q(status=Status.RUNNING)),
        ),
        "oldest_queued_seconds": (now - oldest).total_seconds() if oldest else None,
        "late_tasks": [
            {
                "id": task.id,
                "name": task.name,
                "due": task.due_at.isoformat(timespec="seconds"),
                "late_seconds": round((now - task.due_at).total_seconds()),
            }
            for task in late.order_by("due_at")[:_SHOWN]
            if task.due_at
        ],
        "failures": [
            {
                "task": run.task_name,
                "at": run.finished_at.isoformat(timespec="seconds"),
                "reason": run.failure_reason,
                "error": run.error[:300],
            }
            for run in failures.order_by("-finished_at")[:_SHOWN]
            if run.finished_at
        ],
        "set_aside_tasks": list(
            active.exclude(schedule_error="").values(
                "id", "name", error=F("schedule_error")
            )[:_SHOWN]
        ),
        "deliveries": delivery_counts(day),
        "next_runs": [
            {
                "task": task.name,
                "at": task.next_run_at.isoformat(timespec="seconds"),
                "timezone": task.timezone,
            }
            for task in upcoming[:_SHOWN]
            if task.next_run_at
        ],
        "tasks": {"active": by_state.get(True, 0), "paused": by_state.get(False, 0)},
    }

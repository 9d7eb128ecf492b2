"""Which tasks are late: a slot that did not start, or a run that takes longer than expected.

Found by `watch`, every few seconds, whoever calls it: Celery's housekeeping while a beat lives,
and the workers themselves while none does. All writes are conditional, so it may run anywhere
and twice at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext as _

from scheduling import blackouts
from scheduling.events import about, record
from scheduling.models import Event, Run, ScheduledTask
from scheduling.wall_clock import load_zone

#: Found in one pass; the next one goes on with the others.
_BATCH = 1000
#: Runs that stand for a slot: of the schedule itself, or of a cycle that it began.
_OF_A_SLOT = (Run.Trigger.SCHEDULE, Run.Trigger.CHAIN)


def watch(now: datetime) -> int:
    """Mark what is late at `now` (aware), and what no longer is. Returns how many are newly late.

    Nothing is late while everything is paused. A constant number of queries.
    """
    with transaction.atomic():
        if blackouts.follow(now) is not None:
            return 0
        found = _mark(now)
    with transaction.atomic():
        _unmark(now)
    return found


def _mark(now: datetime) -> int:
    due = list(_locked(_not_dispatched(now)))
    runs = list(_locked(_not_started(now).select_related("task")))
    runs += _locked(_overdue(now).select_related("task"))
    # Never waited for: whoever holds them may want the runs. They come with the next pass.
    of_runs = ScheduledTask.objects.filter(id__in={run.task_id for run in runs})
    held = {task.id for task in _locked(of_runs.only("id"))} if runs else set()
    runs = [run for run in runs if run.task_id in held]
    if not due and not runs:
        return 0
    late = {task.id for task in due} | {str(run.task_id) for run in runs}
    tasks = ScheduledTask.objects.filter(id__in=late, late_since__isnull=True)
    tasks.update(late_since=now)
    marked = Run.objects.filter(id__in=[run.id for run in runs], late_at__isnull=True)
    marked.update(late_at=now)
    record([*(_of_task(task, now) for task in due), *(_of_run(run, now) for run in runs)])  # fmt: skip
    return len(late)


def _unmark(now: datetime) -> None:
    """Say of tasks that were late that they no longer are."""
    still_queued = Run.objects.filter(
        task=OuterRef("id"),
        status=Run.Status.QUEUED,
        waits_for="",
        late_at__isnull=False,
        next_attempt_at__lte=now,
    )
    well = (
        ScheduledTask.objects.filter(late_since__isnull=False)
        .annotate(ends=_after("due_at", _grace()))
        .exclude(Q(active=True, due_at__isnull=False, ends__lt=now))
        .exclude(Exists(still_queued))
        .exclude(Exists(_running_too_long(now).filter(task=OuterRef("id"))))
        .order_by("late_since")[:_BATCH]
    )
    tasks = list(_locked(well))
    if not tasks:
        return
    ScheduledTask.objects.filter(id__in=[task.id for task in tasks]).update(
        late_since=None
    )
    record(_back(task, now) for task in tasks)


# -- what is late


def _not_dispatched(now: datetime) -> QuerySet[ScheduledTask]:
    """Active tasks whose slot and grace have passed, and that nobody was told of."""
    return (
        ScheduledTask.objects.filter(active=True, due_at__lt=now)
        .annotate(ends=_after("due_at", _grace()))
        .filter(ends__lt=now)
        .exclude(_known(Event.Kind.LATE, "id", "next_slot"))
        .only("id", "name", "timezone", "next_slot", "due_at", "late_since")
        .order_by("due_at")[:_BATCH]
    )


def _not_started(now: datetime) -> QuerySet[Run]:
    """Runs of a slot that no worker has taken within the grace of their task."""
    return (
        _runs()
        .filter(
            status=Run.Status.QUEUED,
            waits_for="",
            trigger__in=_OF_A_SLOT,
            next_attempt_at__lt=now,
        )
        .annotate(ends=_after("next_attempt_at", _grace("task__")))
        .filter(ends__lt=now)
        .exclude(_known(Event.Kind.LATE, "task_ref", "scheduled_for"))
        .order_by("next_attempt_at")[:_BATCH]
    )


def _overdue(now: datetime) -> QuerySet[Run]:
    return (
        _running_too_long(now)
        .annotate(slot=Coalesce("scheduled_for", "created_at"))
        .exclude(_known(Event.Kind.OVERDUE, "task_ref", "slot"))
        .order_by("started_at")[:_BATCH]
    )


def _running_too_long(now: datetime) -> QuerySet[Run]:
    expected = Coalesce("task__expected_seconds", "deadline_seconds")
    running = _runs().filter(status=Run.Status.RUNNING, started_at__isnull=False)
    return running.annotate(ends=_after("started_at", expected)).filter(ends__lt=now)


def _runs() -> QuerySet[Run]:
    return Run.objects.filter(task__isnull=False, session_id=None).only(
        "id", "task", "task_ref", "status", "scheduled_for", "created_at", "started_at",
        "next_attempt_at", "deadline_seconds", "task__id", "task__name", "task__timezone",
        "task__expected_seconds",
    )  # fmt: skip


def _known(kind: Event.Kind, task: str, slot: str) -> Exists:
    """Whether there is such an event of the row's task and slot already."""
    told = Event.objects.filter(
        task_ref=OuterRef(task), kind=kind, slot=OuterRef(slot), slot__isnull=False
    )
    return Exists(told)


def _grace(prefix: str = "") -> Any:
    default = Value(settings.SCHEDULING.grace_seconds)
    return Coalesce(f"{prefix}grace_seconds", default)


def _after(moment: str, seconds: Any) -> Any:
    # SQLite's durations are multiplied by plain integers only.
    length: Any = Cast(seconds, IntegerField())
    span = ExpressionWrapper(
        length * Value(timedelta(seconds=1)), output_field=DurationField()
    )
    return ExpressionWrapper(F(moment) + span, output_field=DateTimeField())


def _locked(rows: QuerySet[Any]) -> Iterable[Any]:
    return rows.select_for_update(of=("self",), skip_locked=True, no_key=True)


# -- in words


def _of_task(task: ScheduledTask, now: datetime) -> Event:
    due = _on_the_wall(task.due_at, task)
    return about(
        task,
        Event.Kind.LATE,
        slot=task.next_slot,
        at=now,
        note=_("It was due at %(due)s and nothing was started.") % {"due": due},
    )


def _of_run(run: Run, now: datetime) -> Event:
    task = run.task
    assert task is not None  # noqa: S101 -- see _runs
    if run.status == Run.Status.RUNNING:
        expected = task.expected_seconds or run.deadline_seconds
        since = _on_the_wall(run.started_at, task)
        note = _("It runs since %(since)s, longer than the %(seconds)d s expected.") % {
            "since": since,
            "seconds": expected,
        }
        kind, slot = Event.Kind.OVERDUE, run.scheduled_for or run.created_at
    else:
        due = _on_the_wall(run.next_attempt_at, task)
        note = _("It was due at %(due)s and no worker has taken it.") % {"due": due}
        kind, slot = Event.Kind.LATE, run.scheduled_for or run.created_at
    return about(task, kind, run=run, slot=slot, at=now, note=note)


def _back(task: ScheduledTask, now: datetime) -> Event:
    since = _on_the_wall(task.late_since, task)
    note = _("It had been late since %(since)s.") % {"since": since}
    return about(task, Event.Kind.ON_TIME, at=now, note=note)


def _on_the_wall(instant: datetime | None, task: ScheduledTask) -> str:
    """A moment in the task's zone, as `2027-01-31 07:00:00`."""
    if instant is None:
        return ""
    try:
        local = instant.astimezone(load_zone(task.timezone))
    except ValueError:  # a zone that is no longer known must not hide that it is late
        local = instant
    return f"{local:%Y-%m-%d %H:%M:%S}"

"""Due slots become runs: one batch, one transaction, and the bell after its commit.

1. Lock the due tasks (`next_run_at <= now`), the longest overdue first.
2. For each, find its due slots. One is the normal case; more, or an old one, is a backlog, and
   the task's catch-up policy says what runs. What does not run leaves a `skipped` row.
3. A task whose run is still under way follows its overlap policy.
4. Write the rows, move every `next_run_at` on, commit, ring.

`UNIQUE(task, scheduled_for)` holds "one slot, one run" even when two beats do this at once.
A task that cannot be read or dispatched is set aside with its error and never stops the others.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from scheduling.doorbell import ring
from scheduling.models import Run, ScheduledTask
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)
Skip = Run.SkipReason


@dataclass
class Slots:
    """What is due of one task: the slot to run, if any, and those that were missed."""

    run: datetime | None = None
    missed: int = 0
    first_missed: datetime | None = None
    last_missed: datetime | None = None
    next: datetime | None = None


@dataclass
class Batch:
    """What one transaction has done."""

    run_ids: list[uuid.UUID] = field(default_factory=list)
    tasks: int = 0


def dispatch_due(limit: int | None = None) -> Batch:
    """Dispatch up to `limit` due tasks and ring for their runs.

    A batch of `limit` tasks means that more may be due.
    """
    limit = limit or settings.SCHEDULING.dispatch_batch
    try:
        with transaction.atomic():
            now = timezone.now()
            return dispatch(list(_due(now)[:limit]), now)
    except (OperationalError, InterfaceError):
        raise  # the database is away, no row is to blame
    except Exception as error:  # noqa: BLE001 -- whatever a row holds, the others must fire
        logger.error("a batch cannot be dispatched, trying one by one: %s", error)
        return _dispatch_apart(limit)


def for_dispatch() -> QuerySet[ScheduledTask]:
    """Tasks with their agents; without the credentials, whose key may be lost."""
    return ScheduledTask.objects.select_related("agent").defer("agent__credentials")


def _due(now: datetime) -> QuerySet[ScheduledTask]:
    return (
        for_dispatch()
        .select_for_update(skip_locked=True, of=("self",))
        .filter(active=True, next_run_at__lte=now)
        .order_by("next_run_at")
    )


def _dispatch_apart(limit: int) -> Batch:
    """Dispatch each due task in a transaction of its own, and set those aside that cannot be."""
    done = Batch()
    now = timezone.now()
    due = ScheduledTask.objects.filter(active=True, next_run_at__lte=now)
    for task_id in due.order_by("next_run_at").values_list("id", flat=True)[:limit]:
        done.tasks += 1
        try:
            with transaction.atomic():
                one = dispatch(list(_due(now).filter(id=task_id)), now)
            done.run_ids += one.run_ids
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 -- as above
            aside = {"next_run_at": None, "schedule_error": _in_words(task_id, error)}
            # An edit that has just mended it has moved its slot, and is left alone.
            due.filter(id=task_id).update(**aside)
    return done


def dispatch(tasks: Sequence[ScheduledTask], now: datetime) -> Batch:
    """Dispatch these due tasks, which the caller has locked; inside the caller's transaction."""
    if not tasks:
        return Batch()
    busy = _under_way([task.id for task in tasks])
    rows: list[Run] = []
    for task in tasks:
        try:
            slots = due_slots(task, now)
        except Exception as error:  # noqa: BLE001 -- whatever the row holds, the others must fire
            _set_aside(task, error)
            continue
        rows += _rows(task, slots, now, busy=task.id in busy)
        task.next_run_at = slots.next
    Run.objects.bulk_create(rows, ignore_conflicts=True)
    ScheduledTask.objects.bulk_update(tasks, ["next_run_at", "schedule_error"])
    queued = [run.id for run in rows if run.status == Run.Status.QUEUED]
    if queued:
        transaction.on_commit(partial(ring, queued))
    return Batch(run_ids=queued, tasks=len(tasks))


def next_due() -> datetime | None:
    """When the next task is due; `None` while nothing is scheduled."""
    soonest: datetime | None = ScheduledTask.objects.filter(
        active=True, next_run_at__isnull=False
    ).aggregate(soonest=Min("next_run_at"))["soonest"]
    return soonest


def due_slots(task: ScheduledTask, now: datetime) -> Slots:
    """Sort out the slots of `task` from `next_run_at` up to `now`, by its catch-up policy.

    Raises what the schedule raises when the row holds nonsense.
    """
    schedule, first = task.schedule, task.next_run_at
    if first is None:
        return Slots()
    slots = Slots(next=schedule.next_after(first))
    last, count = first, 1
    if slots.next is not None and slots.next <= now:
        last = schedule.latest_between(first, now) or first
        count += schedule.count_between(first, now)
        slots.next = schedule.next_after(max(last, now))
    late = now - last > timedelta(seconds=settings.SCHEDULING.missed_after_seconds)
    if late and task.catch_up == ScheduledTask.CatchUp.SKIP:
        slots.missed, slots.first_missed, slots.last_missed = count, first, last
        return slots
    slots.run = last
    if count > 1:
        slots.missed, slots.first_missed = count - 1, first
        slots.last_missed = _before(task, first, last) if count > 2 else first
    return slots


def _before(task: ScheduledTask, first: datetime, last: datetime) -> datetime:
    """The last slot in [first, last)."""
    just_before = last - timedelta(microseconds=1)
    return task.schedule.latest_between(first, just_before) or first


def _under_way(task_ids: Collection[str]) -> set[str]:
    return set(
        Run.objects.filter(task_id__in=task_ids, status__in=Run.ACTIVE).values_list(
            "task_id", flat=True
        )
    )


def _rows(task: ScheduledTask, slots: Slots, now: datetime, *, busy: bool) -> list[Run]:
    rows = []
    if slots.missed:
        rows.append(_skipped(task, slots.first_missed, Skip.MISSED, now))
        rows[-1].slots = slots.missed
        rows[-1].last_slot = slots.last_missed
    if slots.run is None:
        return rows
    if not task.agent.active:
        rows.append(_skipped(task, slots.run, Skip.PAUSED, now))
    elif busy and task.overlap == ScheduledTask.Overlap.SKIP:
        rows.append(_skipped(task, slots.run, Skip.OVERLAP, now))
    else:
        rows.append(new_run(task, Run.Trigger.SCHEDULE, now, scheduled_for=slots.run))
    return rows


def new_run(
    task: ScheduledTask,
    trigger: Run.Trigger,
    now: datetime,
    *,
    scheduled_for: datetime | None = None,
) -> Run:
    """Return an unsaved queued run of `task`."""
    return Run(
        task=task,
        task_ref=task.id,
        task_name=task.name,
        agent_id=task.agent_id,
        user_id=task.target_user_id,
        trigger=trigger,
        scheduled_for=scheduled_for,
        deadline_seconds=task.deadline_seconds,
        max_attempts=task.max_attempts,
        created_at=now,
        next_attempt_at=now,
        rung_at=now,
    )


def _skipped(
    task: ScheduledTask, slot: datetime | None, reason: Run.SkipReason, now: datetime
) -> Run:
    run = new_run(task, Run.Trigger.SCHEDULE, now, scheduled_for=slot)
    run.status, run.skip_reason, run.finished_at = Run.Status.SKIPPED, reason, now
    return run


def _set_aside(task: ScheduledTask, error: Exception) -> None:
    task.next_run_at = None
    task.schedule_error = _in_words(task.id, error)


def _in_words(task_id: str, error: Exception) -> str:
    logger.error("task %s is set aside: %s", task_id, error)
    return clean_text(f"{type(error).__name__}: {error}")[:1000]

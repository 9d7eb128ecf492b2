"""Due slots become runs: one batch, one transaction, and the bell after its commit.

1. Lock the due tasks (`due_at <= now`), the longest overdue first. One that is paused has a pause
   that ends by itself now.
2. Sort out the due slots of each (`slots`): closed days, blackouts, missed ones, those to run.
3. A task of which something is under way follows its overlap policy (`overlap`).
4. Stop what is replaced, write the rows, plan every task anew, commit, ring.

Every slot leaves one row. `UNIQUE(task, scheduled_for)` holds "one slot, one run" even when two
beats do this at once. A task that cannot be read or dispatched is set aside with its error and
never stops the others.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Min, QuerySet
from django.utils import timezone

from scheduling import (
    blackouts,
    cycles,
    events,
    gaps,
    lineage,
    overlap,
    planning,
    spending,
)
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.models import Event, Run, ScheduledTask
from scheduling.moves import Move, Slots, begin_move
from scheduling.serving import own_tasks
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

_PLANNED = [
    *planning.PLAN_FIELDS, "scheduled_runs", "gap_run", "late_since", "schedule_error",
]  # fmt: skip
_RESUMED = [*ScheduledTask.PAUSE_FIELDS, "consecutive_failures"]
_ASIDE = ["due_at", "next_run_at", "schedule_error"]


@dataclass
class Batch:
    """What one transaction has done."""

    run_ids: list[uuid.UUID] = field(default_factory=list)
    tasks: int = 0
    put_off: int = 0
    """Tasks left as they were: a run that they replace was being moved at this very moment."""


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
    """Tasks with their agents and calendars; without the credentials, whose key may be lost."""
    related = ScheduledTask.objects.select_related("agent", "calendar")
    return related.defer("agent__credentials", "calendar__file")


def _due(now: datetime) -> QuerySet[ScheduledTask]:
    return (
        own_tasks(for_dispatch())
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(due_at__lte=now)
        .order_by("due_at")
    )


def _dispatch_apart(limit: int) -> Batch:
    """Dispatch each due task in a transaction of its own, and set those aside that cannot be."""
    done = Batch()
    now = timezone.now()
    due = own_tasks(ScheduledTask.objects.filter(due_at__lte=now))
    names = dict(due.order_by("due_at").values_list("id", "name")[:limit])
    for task_id, name in names.items():
        done.tasks += 1
        try:
            with transaction.atomic():
                one = dispatch(list(_due(now).filter(id=task_id)), now)
            done.run_ids += one.run_ids
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 -- as above
            words = _in_words(task_id, error)
            aside = {"due_at": None, "next_run_at": None, "schedule_error": words}
            with transaction.atomic():
                # An edit that has just mended it has moved its slot, and is left alone.
                if due.filter(id=task_id).update(**aside):
                    events.record([_aside_event(task_id, name, words, now)])
    return done


def dispatch(
    tasks: Sequence[ScheduledTask], now: datetime, *, early: bool = False
) -> Batch:
    """Dispatch these due tasks, which the caller has locked; inside the caller's transaction.

    With `early` a slot counts as due as soon as its nominal time has come; its run starts when
    its spread has passed all the same (for edits, which must not lose it).
    """
    if not tasks:
        return Batch()
    moves, aside = _sort_out(tasks, now, early=early)
    busy = overlap.hold(
        [move.turns for move in moves], held={task.id for task in tasks}
    )
    moves = [move for move in moves if move.turns not in busy]
    running = overlap.stop(move.turns for move in moves)
    rows = _rows(moves, running, now)
    Run.objects.bulk_create(rows, ignore_conflicts=True)
    tell_runs(rows)
    gaps.save_grown([move.grown for move in moves if move.grown is not None])
    events.record([*_aside_events(aside, now), *(e for m in moves for e in m.events)])
    _save(moves, aside)
    queued = [
        run.id for move in moves for run in move.runs if run.rung_at and not run.waits_for
    ]  # fmt: skip
    if queued:
        transaction.on_commit(partial(ring, queued))
    made = [run.id for move in moves for run in move.runs]
    return Batch(run_ids=made, tasks=len(tasks) - len(busy), put_off=len(busy))


def next_due() -> datetime | None:
    """When the next task is due; `None` while nothing is scheduled."""
    planned = own_tasks(ScheduledTask.objects.filter(due_at__isnull=False))
    soonest: datetime | None = planned.aggregate(soonest=Min("due_at"))["soonest"]
    return soonest


def _sort_out(
    tasks: Sequence[ScheduledTask], now: datetime, *, early: bool
) -> tuple[list[Move], list[ScheduledTask]]:
    """Decide about each task; those about which nothing can be decided are set aside."""
    ids = [task.id for task in tasks]
    active, known = overlap.under_way(ids), _known(ids)
    opened = gaps.open_rows(tasks)
    slots_known = [task.next_slot for task in tasks if task.next_slot]
    windows = blackouts.load(min([now, *slots_known]), now)
    kept_back = lineage.obstacles(tasks, now)
    unpaid = spending.used_up(tasks, now)
    moves: list[Move] = []
    aside: list[ScheduledTask] = []
    for task in tasks:
        slots = Slots(
            active=active.get(task.id, []),
            known=known.get(task.id, set()),
            windows=windows,
            open_row=opened.get(task.gap_run) if task.gap_run else None,
            lineage=kept_back.get(task.id),
            unpaid=unpaid.get(task.id),
            early=early,
        )
        try:
            moves.append(begin_move(task, slots, now))
        except Exception as error:  # noqa: BLE001 -- whatever the row holds, the others must fire
            task.schedule_error = _in_words(task.id, error)
            aside.append(task)
    return moves, aside


def _known(task_ids: Collection[str]) -> dict[str, set[datetime]]:
    """The slots to come that have a row already: the clock went back, or an edit.

    The tasks are locked, and only who holds that lock writes such rows: what is not known here
    will really be inserted, and so will what follows it in its cycle.
    """
    rows = Run.objects.filter(
        task_id__in=task_ids,
        trigger=Run.Trigger.SCHEDULE,
        scheduled_for__gte=F("task__next_slot"),
    )
    found: dict[str, set[datetime]] = {}
    for run in rows.only("task_id", "scheduled_for"):
        if run.task_id and run.scheduled_for:
            found.setdefault(run.task_id, set()).add(run.scheduled_for)
    return found


def _rows(
    moves: Sequence[Move], running: Collection[uuid.UUID], now: datetime
) -> list[Run]:
    """Carry out what was decided; returns all rows to be inserted, roots before their cycles."""
    for move in moves:
        move.finish(running)
    runs = [run for move in moves for run in move.runs]
    skipped = [row for move in moves for row in move.skipped]
    return [*skipped, *runs, *(cycles.expand(runs, now) if runs else [])]


def _save(moves: Sequence[Move], aside: Sequence[ScheduledTask]) -> None:
    tasks = ScheduledTask.objects
    for task in aside:
        planning.set_aside(task)
    # The rows are there and locked, so this upsert only ever updates: it is much cheaper than
    # the CASE expressions of bulk_update.
    tasks.bulk_create(
        [move.task for move in moves],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_PLANNED,
    )
    if aside:
        tasks.bulk_update(aside, _ASIDE)
    if resumed := [move.task for move in moves if move.resumed is not None]:
        tasks.bulk_update(resumed, _RESUMED)


def _aside_events(aside: Sequence[ScheduledTask], now: datetime) -> list[Event]:
    return [_aside_event(t.id, t.name, t.schedule_error, now) for t in aside]


def _aside_event(task_id: str, name: str, words: str, now: datetime) -> Event:
    return Event(
        kind=Event.Kind.SET_ASIDE,
        task_id=task_id,
        task_ref=task_id,
        task_name=name,
        at=now,
        note=words,
    )


def _in_words(task_id: str, error: Exception) -> str:
    logger.error("task %s is set aside: %s", task_id, error)
    return clean_text(f"{type(error).__name__}: {error}")[:1000]

"""Runs that wait: for the run before them, or for their time.

A task has two lanes, one for backfills and one for everything else; replies in chat sessions are
in neither. A run with `waits_for`
= previous (overlap `queue` and `replace`, catch-up, backfills) is released when nothing goes on
in its lane any more: no run of the task, and no cycle that the task began. Oldest slot first,
one at a time.

The rows of the tasks are the locks of their lanes. Whoever looks at a lane to move a run of it
holds them; two runs that end at once thus look one after the other, and the second sees both.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from scheduling.doorbell import ring
from scheduling.models import Run, ScheduledTask
from scheduling.serving import own_runs

#: Queued, and waiting for the run before it.
TURNED_BACK = {"status": Run.Status.QUEUED, "waits_for": Run.WaitsFor.PREVIOUS}
#: What an active run waits for that its lane waits for: one that waits for a place has its turn.
_GOING_ON = ("", Run.WaitsFor.AGENT)
#: Queued for a moment to come, and not rung yet.
_PUT_OFF = {"status": Run.Status.QUEUED, "waits_for": "", "rung_at": None}
_BACKFILL = Q(trigger=Run.Trigger.BACKFILL) | Q(backfill__isnull=False)
_BATCH = 1000

#: A task, and whether it is its lane of backfills.
_Lane = tuple[str | None, bool]


def lock_lanes(run_ids: Collection[uuid.UUID], *, also: Collection[str] = ()) -> None:
    """Lock the lanes that these runs are in, and those of the tasks `also`, before any run.

    First the tasks by id, then runs: the one order that keeps two workers from waiting for each
    other. SQLite has one writer at a time and needs no order.
    """
    if connection.features.has_select_for_update and (run_ids or also):
        found = Run.objects.filter(id__in=run_ids)
        top = Coalesce("root_id", "id")
        rows = list(found.values_list(top, "task_id", "root__task_id"))
        held = held_tasks({each for each, _, _ in rows})
        task_ids = {each for _, own, roots in rows for each in (own, roots)}
        _lock({each for each in task_ids.union(also, *held.values()) if each})


def held_tasks(root_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Return which tasks have runs held in these cycles, by the first run. One query.

    What ends in the cycle may skip them, and so free their lanes.
    """
    held = Run.objects.filter(
        root_id__in=root_ids,
        task__isnull=False,
        status=Run.Status.QUEUED,
        waits_for=Run.WaitsFor.PARENTS,
    )
    found: dict[uuid.UUID, set[str]] = {}
    for root_id, task_id in held.values_list("root_id", "task_id"):
        if task_id:
            found.setdefault(root_id, set()).add(task_id)
    return found


def release(ended: Sequence[Run], now: datetime) -> None:
    """Let those go on that waited for `ended`, runs whose final status is already written.

    In the caller's transaction; rung after its commit. A constant number of queries.
    """
    task_ids = {run.task_id for run in ended if run.task_id}
    root_ids = {run.root_id for run in ended if run.root_id}
    if root_ids:
        roots = Run.objects.filter(id__in=root_ids, task__isnull=False)
        task_ids.update(roots.values_list("task_id", flat=True))
    if task_ids:
        _lock(task_ids)
        _release_next(task_ids, now)


def release_forgotten() -> int:
    """Release what waits in a lane that is free. Returns how many.

    It happens only when rows were changed past `lifecycle`. One query when nothing waits.
    """
    now = timezone.now()
    waits = Run.objects.filter(**TURNED_BACK).order_by("task_id")
    task_ids = set(waits.values_list("task_id", flat=True).distinct()[:_BATCH])
    if not task_ids:
        return 0
    with transaction.atomic():
        known = {task_id for task_id in task_ids if task_id}
        _lock(known)
        released = _release_next(known, now)
        if None in task_ids:  # its task was deleted: it ends in the runner, with words
            lost = Run.objects.filter(**TURNED_BACK, task__isnull=True)
            released += _let_go(lost.values_list("id", "next_attempt_at")[:_BATCH], now)
    return released


def ring_due(now: datetime) -> datetime | None:
    """Ring for the runs whose time has come. Returns when the next will, None if none is put off.

    One query when there are none, or all are still to come.
    """
    put_off = own_runs(Run.objects.filter(**_PUT_OFF)).order_by("next_attempt_at")
    times = put_off.values_list("next_attempt_at", flat=True)
    soonest: datetime | None = times.first()
    while soonest is not None and soonest <= now:
        due = put_off.filter(next_attempt_at__lte=now)
        ids = list(due.values_list("id", flat=True)[:_BATCH])
        Run.objects.filter(id__in=ids, **_PUT_OFF).update(rung_at=now)
        ring(ids)
        soonest = times.first()
    return soonest


def in_lane_of_backfills(trigger: str, backfill_id: uuid.UUID | None) -> bool:
    """Tell in which of the two lanes a run is."""
    return trigger == Run.Trigger.BACKFILL or backfill_id is not None


def under_way(task_ids: Collection[str], *, backfills: bool) -> list[QuerySet[Run]]:
    """Return the active runs in the lanes of these tasks: their own, and of cycles they began.

    Two queries, because an index serves each.
    """
    lane = _BACKFILL if backfills else ~_BACKFILL
    active = Run.objects.filter(lane, session_id=None, status__in=Run.ACTIVE)
    return [
        active.filter(task_id__in=task_ids),
        active.filter(root__isnull=False, root__task_id__in=task_ids),
    ]


def _lock(task_ids: Collection[str]) -> None:
    if task_ids and connection.features.has_select_for_update:
        rows = ScheduledTask.objects.select_for_update(no_key=True)
        list(rows.filter(id__in=task_ids).order_by("id").values_list("id"))


def _release_next(task_ids: Collection[str], now: datetime) -> int:
    """Release the oldest waiting run of each free lane; the tasks are locked."""
    waits = Run.objects.filter(**TURNED_BACK, task_id__in=task_ids)
    first: dict[_Lane, tuple[uuid.UUID, datetime]] = {}
    for run_id, task_id, trigger, backfill_id, at in waits.order_by(
        "task_id", "scheduled_for", "created_at", "id"
    ).values_list("id", "task_id", "trigger", "backfill_id", "next_attempt_at"):
        lane = task_id, in_lane_of_backfills(trigger, backfill_id)
        first.setdefault(lane, (run_id, at))
    if not first:
        return 0
    busy = _busy(first)
    return _let_go([next_ for lane, next_ in first.items() if lane not in busy], now)


def _busy(lanes: Iterable[_Lane]) -> set[_Lane]:
    """Those lanes in which something goes on that does not wait itself."""
    found: set[_Lane] = set()
    for backfills in (False, True):
        task_ids = {task_id for task_id, which in lanes if which is backfills}
        if task_ids:
            own, cycles = under_way(
                [each for each in task_ids if each], backfills=backfills
            )
            busy = {
                *own.filter(waits_for__in=_GOING_ON).values_list("task_id", flat=True)
            }
            going_on = cycles.filter(waits_for__in=_GOING_ON)
            busy |= {*going_on.values_list("root__task_id", flat=True)}
            found |= {(task_id, backfills) for task_id in busy}
    return found


def _let_go(rows: Iterable[tuple[uuid.UUID, datetime]], now: datetime) -> int:
    """Release these waiting runs (id, next attempt); those to come later are rung by beat."""
    due: list[uuid.UUID] = []
    later: list[uuid.UUID] = []
    for run_id, at in rows:
        (due if at <= now else later).append(run_id)
    changes: list[tuple[list[uuid.UUID], dict[str, Any]]] = [
        (due, {"waits_for": "", "rung_at": now, "next_attempt_at": now}),
        (later, {"waits_for": "", "rung_at": None}),
    ]
    for ids, change in changes:
        if ids:
            Run.objects.filter(id__in=ids, **TURNED_BACK).update(**change)
    if due:
        transaction.on_commit(partial(ring, due))
    return len(due) + len(later)

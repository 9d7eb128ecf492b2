"""Cycles: the runs that follow one another, made as one fresh set each time a task begins one.

When a task with dependants gets a run, everything downstream gets one with it: held runs
(`waits_for` = parents) whose `root` is the first. The root keeps the order in `edges` as it was
then, so that an edit of the tasks changes the next cycle and not this one. Who may go is decided
in `scheduling.cycle_plan`; here are the rows.

The root's row is the lock of its cycle: whoever looks at the cycle's runs to move some of them
holds it. Two parents that end at once thus look one after the other, and the second sees both.
It is taken after the locks of the lanes (`scheduling.waiting`), and before those of other runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import blocking, waiting
from scheduling.approvals import UNAPPROVED
from scheduling.cycle_plan import Edge, Standing, downstream, next_steps
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.exceptions import Conflict
from scheduling.models import Dependency, Run, ScheduledTask
from scheduling.new_runs import new_run

_HELD = {"status": Run.Status.QUEUED, "waits_for": Run.WaitsFor.PARENTS}
_BATCH = 100
_SHOWN_COLUMNS = (
    "id", "root_id", "task_id", "task_ref", "task_name", "status", "waits_for", "backfill_id",
    "approval", "agent_id", "user_id", "trigger", "scheduled_for", "hops",
)  # fmt: skip


# -- a cycle begins


def expand(roots: Sequence[Run], now: datetime) -> list[Run]:
    """Return unsaved runs of all that follows these queued runs, which are not saved either.

    Sets `edges` of a root that something follows. One query where nothing does, else one per
    level and one for the tasks, however many roots there are.
    """
    edges = _edges_below({root.task_id for root in roots if root.task_id})
    if not edges:
        return []
    tasks = _for_runs({task for task, _, _ in edges})
    made: list[Run] = []
    for root in roots:
        below = [each for each in downstream(edges, root.task_ref) if each in tasks]
        members = {root.task_ref, *below}
        root.edges = [
            [task, parent, when]
            for task, parent, when in edges
            if task in members and parent in members and task != root.task_ref
        ]
        children = {task_id: _held(tasks[task_id], root, now) for task_id in below}
        _skip_at_birth(edges_of(root), {root.task_ref: root, **children}, now)
        made += children.values()
    return made


def _edges_below(task_ids: Collection[str]) -> list[Edge]:
    edges: list[Edge] = []
    seen, level = set(task_ids), set(task_ids)
    while level:
        rows = Dependency.objects.filter(parent__in=level).order_by("id")
        found = list(rows.values_list("task_id", "parent_id", "when"))
        edges += found
        level = {task for task, _, _ in found} - seen
        seen |= level
    return edges


def _for_runs(task_ids: Collection[str]) -> dict[str, ScheduledTask]:
    tasks = ScheduledTask.objects.select_related("agent").defer("agent__credentials")
    return tasks.in_bulk(task_ids)


def _held(task: ScheduledTask, root: Run, now: datetime) -> Run:
    """A run of `task` in the cycle of `root`; final at once where nothing of it may run."""
    run = new_run(task, Run.Trigger.CHAIN, now, scheduled_for=root.scheduled_for)
    run.root_id = root.id
    run.requested_by_id = root.requested_by_id
    run.backfill_id = root.backfill_id
    run.hops = root.hops
    run.waits_for = Run.WaitsFor.PARENTS
    if not task.active:
        _skip(run, Run.SkipReason.PAUSED, "The task is paused.", now)
    elif not task.agent.active:
        _skip(run, Run.SkipReason.PAUSED, "Its agent is switched off.", now)
    elif task.agent.blocked_at:
        _skip(run, Run.SkipReason.BLOCKED, blocking.note_of(task.agent), now)
    return run


def _skip(run: Run, reason: Run.SkipReason, note: str, now: datetime) -> None:
    run.status, run.skip_reason, run.note = Run.Status.SKIPPED, reason, note
    run.waits_for, run.finished_at = "", now


def _skip_at_birth(
    edges: Sequence[Edge], latest: Mapping[str, Run], now: datetime
) -> None:
    for task_id, note in next_steps(edges, standings(latest)).skip.items():
        _skip(latest[task_id], Run.SkipReason.PARENT, note, now)


# -- a cycle goes on


def advance(ended: Sequence[Run], now: datetime) -> list[Run]:
    """Let the cycles of `ended`, whose final status is written, go on; in the caller's transaction.

    Runs whose parents have all ended as they should are released, and rung after the commit.
    Those that are not to run any more end as skipped, and so do those behind them; these are
    returned. No query when none of `ended` is in a cycle, else a constant number.
    """
    root_ids = {run.root_id or run.id for run in ended if run.root_id or run.edges}
    return _move_on(root_ids, now) if root_ids else []


def _move_on(root_ids: Collection[uuid.UUID], now: datetime) -> list[Run]:
    roots = Run.objects.select_for_update().filter(id__in=root_ids).order_by("id")
    order = {root.id: edges_of(root) for root in roots.only("id", "edges")}
    released: list[Run] = []
    skipped: list[Run] = []
    for root_id, latest in latest_runs(order).items():
        steps = next_steps(order[root_id], standings(latest))
        released += (latest[task_id] for task_id in steps.release)
        for task_id, note in steps.skip.items():
            _skip(latest[task_id], Run.SkipReason.PARENT, note, now)
            skipped.append(latest[task_id])
    _write(released, skipped, now)
    return skipped


def _write(released: Sequence[Run], skipped: Sequence[Run], now: datetime) -> None:
    if skipped:
        fields = ["status", "skip_reason", "note", "waits_for", "finished_at"]
        Run.objects.filter(**_HELD).bulk_update(skipped, fields)
        tell_runs(skipped)
    if released:
        ids = [run.id for run in released]
        free = Run.objects.filter(id__in=ids, **_HELD)
        free.update(waits_for="", next_attempt_at=now, rung_at=now)
        transaction.on_commit(partial(ring, ids))


def advance_forgotten() -> int:
    """Let cycles go on in which runs are held and nothing else is under way. Returns how many.

    One that waits for an approval is left alone. Else it happens only when rows were changed past `lifecycle`. One query when there are none.
    """
    now = timezone.now()
    since = now - timedelta(seconds=settings.SCHEDULING.rering_after_seconds)
    free = Run.objects.filter(status__in=Run.ACTIVE).exclude(
        waits_for=_HELD["waits_for"]
    )
    asked = Run.objects.filter(approval=Run.Approval.WAITING)
    stuck = (
        Run.objects.filter(**_HELD, created_at__lt=since)
        .exclude(Exists(asked.filter(root_id=OuterRef("root_id"))))
        .exclude(Exists(asked.filter(id=OuterRef("root_id"))))
        .exclude(Exists(free.filter(root_id=OuterRef("root_id"))))
        .exclude(Exists(free.filter(id=OuterRef("root_id"))))
        .order_by("created_at")
    )
    found = dict(stuck.values_list("id", "root_id")[:_BATCH])
    if found:
        with transaction.atomic():
            waiting.lock_lanes(list(found))
            skipped = _move_on(set(found.values()) - {None}, now)
            skipped += _skip_displaced(found, now)
            skipped += _skip_orphans(now)
            waiting.release(skipped, now)
    return len(found)


def _skip_displaced(
    found: Mapping[uuid.UUID, uuid.UUID | None], now: datetime
) -> list[Run]:
    """End those of these held runs (id -> root) whose task has a later run in the cycle.

    Only the latest counts there, so nothing would ever let them go.
    """
    latest = latest_runs({root_id for root_id in found.values() if root_id})
    counted = {run.id for runs in latest.values() for run in runs.values()}
    rows = Run.objects.select_for_update().filter(
        **_HELD, id__in=found.keys() - counted, root__isnull=False
    )
    displaced = list(rows.only(*_SHOWN_COLUMNS).order_by("id"))
    for run in displaced:
        note = "Its task has run again in this cycle since."
        _skip(run, Run.SkipReason.PARENT, note, now)
    _write([], displaced, now)
    return displaced


def _skip_orphans(now: datetime) -> list[Run]:
    """End held runs whose cycle has lost its first run, and with it the order."""
    rows = Run.objects.select_for_update().filter(**_HELD, root=None)
    orphans = list(rows.only(*_SHOWN_COLUMNS).order_by("id")[:_BATCH])
    for run in orphans:
        note = "The run that began its cycle is gone."
        _skip(run, Run.SkipReason.PARENT, note, now)
    _write([], orphans, now)
    return orphans


# -- a part of a cycle again


def begin_again(run: Run, again: Run, now: datetime) -> list[Run]:
    """Put `again`, the unsaved rerun of `run`, into the same cycle.

    Returns unsaved runs of what follows it there: of each task whose run has ended; one that is
    still held waits for the new run by itself. Call it in a transaction. Raises `Conflict` while
    one of them is under way.
    """
    root_id = run.root_id or run.id
    root = Run.objects.select_for_update().only("id", "edges").get(id=root_id)
    latest = latest_runs([root_id])[root_id]
    below = downstream(edges_of(root), run.task_ref)
    for task_id in (run.task_ref, *below):
        # A held run behind it waits for the new one; one of its own would be forgotten for it.
        own = task_id == run.task_ref
        if _is_under_way(latest.get(task_id), or_held=own):
            raise Conflict(
                _(
                    "%(task)s is still under way in this cycle: wait for it or cancel it."
                )
                % {"task": latest[task_id].task_name}
            )
    again.root_id, again.backfill_id = root_id, run.backfill_id
    ended = [each for each in below if each in latest and latest[each].is_final]
    tasks = _for_runs(ended)
    fresh = {
        task_id: _held(tasks[task_id], again, now)
        for task_id in ended
        if task_id in tasks
    }
    for each in fresh.values():
        each.root_id = root_id
    _skip_at_birth(edges_of(root), latest | {run.task_ref: again} | fresh, now)
    return list(fresh.values())


def _is_under_way(run: Run | None, *, or_held: bool) -> bool:
    if run is None or run.status not in Run.ACTIVE:
        return False
    return or_held or not _is_held(run)


# -- what a cycle is made of


def runs_of(root_ids: Collection[uuid.UUID]) -> QuerySet[Run]:
    """All runs of these cycles, reruns after those that they repeat."""
    of_them = Q(id__in=root_ids) | Q(root_id__in=root_ids)
    return Run.objects.filter(of_them).order_by("created_at", "id")


def latest_runs(
    root_ids: Collection[uuid.UUID],
) -> dict[uuid.UUID, dict[str, Run]]:
    """The run of each task that counts, by cycle; without long columns."""
    found: dict[uuid.UUID, dict[str, Run]] = {root_id: {} for root_id in root_ids}
    for run in runs_of(root_ids).only(*_SHOWN_COLUMNS):
        found[run.root_id or run.id][run.task_ref] = run
    return found


def standings(latest: Mapping[str, Run]) -> dict[str, Standing]:
    """Where these runs stand, for `cycle_plan`."""
    return {
        task_id: Standing(status=_standing(run), name=run.task_name, held=_is_held(run))
        for task_id, run in latest.items()
    }


def _standing(run: Run) -> str:
    """Where it stands for those behind it: an output that nobody has approved does not count."""
    return run.approval if run.approval in UNAPPROVED else run.status


def _is_held(run: Run) -> bool:
    return run.status == Run.Status.QUEUED and run.waits_for == Run.WaitsFor.PARENTS


def edges_of(root: Run) -> list[Edge]:
    """The order that a cycle keeps, as `cycle_plan` takes it."""
    rows: list[Any] = root.edges
    return [(task, parent, when) for task, parent, when in rows]

"""Places at agents: of one with `max_concurrent`, so many runs are running at the most.

A run that finds none waits (`waits_for` = agent), the oldest first. The agent's row is the lock:
whoever gives out its places holds it, in the order of ids, and while holding it waits for no run
(`skip_locked`), so that it fits to whatever is locked elsewhere. A place that becomes free is
given out after the commit that frees it; what gets lost there is found by `let_go_forgotten`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from scheduling.doorbell import ring
from scheduling.models import Agent, Run

#: Queued, and waiting for a place.
WAITING = {"status": Run.Status.QUEUED, "waits_for": Run.WaitsFor.AGENT}
_ORDER = ("created_at", "scheduled_for", "id")
_BATCH = 1000


def counted(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Load with each run how many places its agent has, for `free`."""
    return runs.annotate(agent_places=F("agent__max_concurrent"))


def take(
    run_ids: Collection[uuid.UUID], agent_ids: Collection[str], now: datetime
) -> list[uuid.UUID]:
    """Return those of these queued runs that may begin, of agents some of which have a limit.

    The others wait from now on. The caller's transaction must be open: until it ends, nobody
    else gives out places of these agents.
    """
    free = _free_places(agent_ids)
    # One that is locked is being cancelled or let go, and whoever does that rings for it.
    due = Run.objects.select_for_update(skip_locked=True).filter(
        id__in=run_ids, status=Run.Status.QUEUED, waits_for="", next_attempt_at__lte=now
    )
    asking = list(due.order_by(*_ORDER).only("agent_id", *_ORDER))
    before = _longest_waiting(free)
    taken, back = _share_out(asking, before, free)
    if back:
        turned = Run.objects.filter(id__in=back, status=Run.Status.QUEUED, waits_for="")
        turned.update(waits_for=Run.WaitsFor.AGENT, rung_at=None)
    let = [run.id for run in before if run.id in taken]
    _release(let, now)
    return [run.id for run in asking if run.id in taken]


def free(runs: Iterable[Run]) -> None:
    """Give out the places of these runs, loaded by `counted`, once the transaction commits.

    No query where no agent has a limit.
    """
    agent_ids = {
        run.agent_id
        for run in runs
        if run.agent_id and getattr(run, "agent_places", None)
    }
    if agent_ids:
        # Robust: what has ended has ended, whatever becomes of those that wait.
        transaction.on_commit(partial(let_go, agent_ids), robust=True)


def let_go(agent_ids: Collection[str]) -> int:
    """Let as many waiting runs of these agents go as have places; returns how many."""
    now = timezone.now()
    with transaction.atomic():
        free = _free_places(agent_ids)
        waiting = _longest_waiting(free)
        _taken, back = _share_out([], waiting, free)
        ids = [run.id for run in waiting if run.id not in back]
        unlimited = Run.objects.filter(**WAITING, agent_id__in=set(agent_ids) - set(free))  # fmt: skip
        ids += unlimited.values_list("id", flat=True)[:_BATCH]
        return _release(ids, now)


def let_go_forgotten() -> int:
    """Let those go that wait although there is a place. One query when nothing waits."""
    waiting = (
        Run.objects.filter(**WAITING).order_by().values_list("agent_id", flat=True)
    )
    agent_ids = set(waiting.distinct())
    if not agent_ids:
        return 0
    orphans = Run.objects.filter(**WAITING, agent=None).values_list("id", flat=True)
    with (
        transaction.atomic()
    ):  # its agent was deleted: it ends in the runner, with words
        released = _release(list(orphans[:_BATCH]), timezone.now())
    return released + let_go({each for each in agent_ids if each})


def _free_places(agent_ids: Collection[str]) -> dict[str, int]:
    """Lock those of these agents that have a limit; return how many places each has left."""
    rows = Agent.objects.select_for_update(no_key=True).filter(
        id__in=agent_ids, max_concurrent__isnull=False
    )
    limits = dict(rows.order_by("id").values_list("id", "max_concurrent"))
    running = dict(
        Run.objects.filter(agent_id__in=limits, status=Run.Status.RUNNING)
        .order_by()
        .values_list("agent_id")
        .annotate(Count("id"))
    )
    return {
        agent_id: max((limit or 0) - running.get(agent_id, 0), 0)
        for agent_id, limit in limits.items()
    }


def _longest_waiting(free: Mapping[str, int]) -> list[Run]:
    """Return the first of those that wait for each agent, as many as it has places; locked."""
    most = max(free.values(), default=0)
    if not most:
        return []
    place = Window(
        RowNumber(),
        partition_by="agent_id",
        order_by=[F(name).asc(nulls_first=True) for name in _ORDER],
    )
    waiting = Run.objects.filter(**WAITING, agent_id__in=free).annotate(place=place)
    first = waiting.filter(place__lte=most).values("id")
    rows = Run.objects.select_for_update(skip_locked=True).filter(**WAITING)
    return list(
        rows.filter(id__in=list(first.values_list("id", flat=True)))
        .order_by(*_ORDER)
        .only("agent_id", *_ORDER)
    )


def _share_out(
    asking: Iterable[Run], before: Iterable[Run], free: Mapping[str, int]
) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Give the free places to the oldest. Returns who has one, and who has none."""
    left = dict(free)
    taken: set[uuid.UUID] = set()
    back: set[uuid.UUID] = set()
    for run in sorted([*asking, *before], key=_age):
        places = left.get(run.agent_id or "")
        if places == 0:
            back.add(run.id)
            continue
        if places is not None:
            left[run.agent_id or ""] = places - 1
        taken.add(run.id)
    return taken, back


def _age(run: Run) -> tuple[datetime, bool, datetime, uuid.UUID]:
    slot = run.scheduled_for
    return run.created_at, slot is not None, slot or run.created_at, run.id


def _release(run_ids: Collection[uuid.UUID], now: datetime) -> int:
    """Let these waiting runs go, and ring for them after the commit."""
    if not run_ids:
        return 0
    waiting = Run.objects.filter(id__in=run_ids, **WAITING)
    released = waiting.update(waits_for="", rung_at=now, next_attempt_at=now)
    transaction.on_commit(partial(ring, list(run_ids)))
    return released

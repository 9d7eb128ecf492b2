"""Which queued runs may begin now: places at their agents, and money."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from scheduling import blocking, places, spending
from scheduling.emitting import tell_runs
from scheduling.models import Run
from scheduling.settling import settle
from scheduling.waiting import lock_lanes

_QUEUED = {"status": Run.Status.QUEUED, "waits_for": ""}
_BUDGETED = (
    Q(task__day_cost_limit__isnull=False)
    | Q(task__month_cost_limit__isnull=False)
    | Q(agent__day_cost_limit__isnull=False)
    | Q(agent__month_cost_limit__isnull=False)
    | Q(task__owner__budget__isnull=False)
)
_HINDERED = _BUDGETED | Q(agent__blocked_at__isnull=False)
_SKIPPED = ["status", "skip_reason", "note", "finished_at"]


@contextmanager
def admitted(
    run_ids: Collection[uuid.UUID], now: datetime
) -> Iterator[Collection[uuid.UUID]]:
    """Give those of these runs that may be claimed, to be claimed inside the `with`.

    One whose agent has no place left waits for it (`waits_for` = agent); one that would exceed a
    budget, or whose agent is blocked, ends as skipped. What is locked for that stays locked until the block ends.
    One query where nothing is limited.
    """
    limited = Q(agent__max_concurrent__isnull=False)
    rows = Run.objects.filter(limited | _HINDERED, id__in=run_ids, **_QUEUED)
    found = list(rows.values_list("id", "agent_id", "agent__max_concurrent"))
    if not found:
        yield run_ids
        return
    skipped = _skip_hindered([run_id for run_id, _agent, _places in found], now)
    free = [run_id for run_id in run_ids if run_id not in skipped]
    agent_ids = {agent_id for _id, agent_id, limit in found if agent_id and limit}
    if not agent_ids:
        yield free
        return
    with transaction.atomic():
        yield places.take(free, agent_ids, now)


def _skip_hindered(
    run_ids: Collection[uuid.UUID], now: datetime
) -> Collection[uuid.UUID]:
    """End those for which nothing is left or whose agent is blocked, as skipped; returns them.

    One that was tried before goes on: it has cost something, so it is to fail with what it
    took (`invocation`).
    """
    rows = Run.objects.filter(_HINDERED, id__in=run_ids, attempt=0, **_QUEUED)
    runs = list(rows.select_related("task", "agent").defer("agent__credentials"))
    why = _reasons(runs, now) if runs else {}
    if why:
        with transaction.atomic():
            lock_lanes(why.keys())
            held = Run.objects.select_for_update().filter(id__in=why, **_QUEUED)
            ended = list(held.order_by("id"))
            for run in ended:
                run.status, run.finished_at = Run.Status.SKIPPED, now
                run.skip_reason, run.note = why[run.id]
            Run.objects.bulk_update(ended, _SKIPPED)
            settle(ended, now)
            tell_runs(ended)
    return why.keys()


def _reasons(
    runs: Sequence[Run], now: datetime
) -> dict[uuid.UUID, tuple[Run.SkipReason, str]]:
    unpaid = spending.refused(runs, now).items()
    found = {run_id: (Run.SkipReason.BUDGET, str(each.words)) for run_id, each in unpaid}  # fmt: skip
    for run in runs:
        if run.agent is not None and run.agent.blocked_at:
            found[run.id] = (Run.SkipReason.BLOCKED, blocking.note_of(run.agent))
    return found

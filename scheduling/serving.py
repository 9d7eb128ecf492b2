"""Whose tasks this process serves: everybody's, or one user's (`SCHEDULING_SERVE_USER`).

Who serves one user has queues of its own, so that no message of others is swallowed. An
unfiltered beat or worker beside it knows nothing of that and may take its user's slots and runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from scheduling.conf import AGENTS_QUEUE, own_queue
from scheduling.models import Run, ScheduledTask


def own_name(name: str) -> str:
    """Return `name` as those call it who serve the same user: a queue, a lease."""
    return own_queue(name, settings.SCHEDULING.serve_user)


def own_tasks(tasks: QuerySet[ScheduledTask]) -> QuerySet[ScheduledTask]:
    """Leave out the tasks that this process does not serve."""
    user = settings.SCHEDULING.serve_user
    if not user:
        return tasks
    # Not the bare column: its index would keep a planner from the one of what is due.
    whose: Any = Coalesce("owner_id", Value(0))
    return tasks.alias(whose=whose).filter(whose=int(user))


def own_runs(runs: QuerySet[Run]) -> QuerySet[Run]:
    """Leave out the runs that this process does not serve."""
    user = settings.SCHEDULING.serve_user
    return runs.filter(task__owner_id=int(user)) if user else runs


def own_ids(run_ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    """Return those of these runs that this process serves. No query where it serves all."""
    if not settings.SCHEDULING.serve_user:
        return run_ids
    own = own_runs(Run.objects.filter(id__in=run_ids))
    known = set(own.values_list("id", flat=True))
    return [each for each in run_ids if each in known]


def by_queue(
    run_ids: Collection[uuid.UUID],
) -> Iterator[tuple[str, list[uuid.UUID]]]:
    """Sort runs to be rung by the queue whose workers may claim them."""
    own = own_ids(run_ids)
    if own:
        yield own_name(AGENTS_QUEUE), list(own)
    if len(own) < len(run_ids):
        known = set(own)
        yield AGENTS_QUEUE, [each for each in run_ids if each not in known]

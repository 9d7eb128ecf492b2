"""The run's state machine. Every move is a conditional update; zero rows: another was first.

    queued    -> running     claim()            a worker takes it under a lease
    running   -> succeeded   finish()           fenced by the lease token
    running   -> failed      finish()
    running   -> cancelled   finish()           after request_cancel()
    running   -> queued      finish()           another try, at next_attempt_at
    running   -> queued      give_back()        a stopping worker; the try does not count
    queued    -> cancelled   request_cancel()

`skipped` runs are born final (`scheduling.dispatch`), or end so while held (`scheduling.cycles`).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from scheduling import places
from scheduling.admission import admitted
from scheduling.agents.base import Usage
from scheduling.booking import book
from scheduling.completion import tell_completed
from scheduling.emitting import tell_runs
from scheduling.models import Run
from scheduling.outcome import MOST_COST, MOST_COUNT, Outcome, bounded
from scheduling.serving import own_ids
from scheduling.settling import settle
from scheduling.waiting import lock_lanes

logger = logging.getLogger(__name__)
Status = Run.Status

#: A run's id and the token of its lease.
_Lease = tuple[uuid.UUID, uuid.UUID | None]


_FINISH_FIELDS = [
    "status", "failure_reason", "error", "error_trace", "next_attempt_at", "rung_at",
    "lease_token", "lease_expires_at", "finished_at",
    "output", "output_type", "output_data", "output_truncated", "metadata",
    "model", "requests", "input_tokens", "output_tokens", "tool_calls", "cost",
]  # fmt: skip


def claim(run_ids: Collection[uuid.UUID], *, worker: str) -> list[Run]:
    """Take those of `run_ids` that are queued, due and served here, under one fresh lease.

    Returns the runs taken, with task and agent loaded.
    """
    now = timezone.now()
    with admitted(own_ids(run_ids), now) as free:
        return _take(free, worker, now)


def claim_done(run_id: uuid.UUID, *, worker: str) -> Run | None:
    """Take a queued run whose work somebody else has done; None: it may not begin now.

    Asks for no place at the agent and no money, for it needs neither, and to end a run for want of
    them would lock other tasks, out of order, in the caller's transaction that holds this one.
    """
    return next(iter(_take([run_id], worker, timezone.now())), None)


def _take(run_ids: Collection[uuid.UUID], worker: str, now: datetime) -> list[Run]:
    token = uuid.uuid4()
    taken = Run.objects.filter(
        id__in=run_ids, status=Status.QUEUED, waits_for="", next_attempt_at__lte=now
    ).update(
        status=Status.RUNNING,
        lease_token=token,
        lease_expires_at=_lease_end(now),
        attempt=F("attempt") + 1,
        started_at=now,
        worker=worker,
    )
    if not taken:
        return []
    runs = list(
        Run.objects.filter(id__in=run_ids, status=Status.RUNNING, lease_token=token)
        .select_related("task", "agent")
        .defer("agent__credentials")  # decrypted apart: one wrong key must not fail all
    )
    if longest := settings.SCHEDULING.longest_run_seconds:
        for run in runs:  # in memory: the row keeps what its task allows
            run.deadline_seconds = min(run.deadline_seconds, longest)
    tell_runs(runs)
    return runs


def renew(tokens: Collection[uuid.UUID]) -> dict[uuid.UUID, bool]:
    """Extend the leases under `tokens`.

    Returns the runs still held: id -> whether somebody asked to cancel it.
    """
    held = Run.objects.filter(status=Status.RUNNING, lease_token__in=tokens)
    with transaction.atomic():
        # Those that are being finished now need no longer lease; to wait for them, with
        # others locked already, could be a deadlock.
        free = held.select_for_update(skip_locked=True).values_list("id", flat=True)
        Run.objects.filter(id__in=list(free)).update(
            lease_expires_at=_lease_end(timezone.now())
        )
    return {
        run_id: asked is not None
        for run_id, asked in held.values_list("id", "cancel_requested_at")
    }


def asked_to_cancel(tokens: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return the runs held under `tokens` that somebody asked to cancel. Locks nothing."""
    asked = Run.objects.filter(
        status=Status.RUNNING,
        lease_token__in=tokens,
        cancel_requested_at__isnull=False,
    )
    return set(asked.values_list("id", flat=True))


def give_back(leases: Mapping[uuid.UUID, uuid.UUID]) -> list[uuid.UUID]:
    """Return runs (id -> lease token) to the queue unfinished: the try does not count.

    Returns the ids that were still held.
    """
    now = timezone.now()
    with transaction.atomic():
        held = _held(leases.items())
        Run.objects.filter(id__in=[run.id for run in held]).update(
            status=Status.QUEUED,
            lease_token=None,
            lease_expires_at=None,
            attempt=F("attempt") - 1,
            next_attempt_at=now,
            rung_at=now,
        )
    return [run.id for run in held]


def request_cancel(run: Run, *, note: str = "") -> bool:
    """Cancel a queued run at once; ask the worker of a running one. False: it was final.

    `note` says who wants it, or why.
    """
    return bool(request_cancels([run.id], note=note))


def request_cancels(run_ids: Collection[uuid.UUID], *, note: str = "") -> int:
    """The same for many runs, in one transaction. Returns how many were not final."""
    now = timezone.now()
    asked = Run.objects.filter(id__in=run_ids)
    with transaction.atomic():
        lock_lanes(
            run_ids
        )  # before their rows, or two transactions wait for each other
        queued = places.counted(asked.filter(status=Status.QUEUED))
        waiting = list(queued.select_for_update(of=("self",)).order_by("id"))
        for run in waiting:
            run.status, run.finished_at, run.cancel_requested_at = Status.CANCELLED, now, now  # fmt: skip
            run.waits_for, run.note = "", note
        asked.filter(id__in=[run.id for run in waiting], status=Status.QUEUED).update(
            status=Status.CANCELLED,
            finished_at=now,
            cancel_requested_at=now,
            waits_for="",
            note=note,
        )
        running = asked.filter(status=Status.RUNNING).update(
            cancel_requested_at=now, note=note
        )
        settle(waiting, now)
        tell_runs(waiting)
        tell_completed(waiting)
        places.free(waiting)  # one may just have been let go
    return len(waiting) + running


def finish(outcomes: Sequence[Outcome]) -> list[uuid.UUID]:
    """End tries, all in one transaction: output, usage, and what `booking` brings about.

    Returns the runs that were still held; the others belong to somebody else by now.
    """
    # By lease: a stale outcome of a run must not displace the valid one beside it.
    by_lease: dict[_Lease, Outcome] = {
        (o.run_id, o.lease_token): replace(o, usage=bounded(o.usage)) for o in outcomes
    }
    now = timezone.now()
    with transaction.atomic():
        lock_lanes([run_id for run_id, _ in by_lease])
        found = _held(by_lease.keys())
        by_run = {run.id: by_lease[run.id, run.lease_token] for run in found}
        held = [run for run in found if _still_due(run, by_run[run.id])]
        for run in held:
            _apply(run, by_run[run.id], now)
        # The rows are there and locked, so this upsert only ever updates: it is 10 times
        # cheaper than the CASE expressions of bulk_update.
        Run.objects.bulk_create(
            held,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_FINISH_FIELDS,
        )
        book(held, by_run, now)
        settle([run for run in held if run.is_final], now)
        tell_runs(held)
        tell_completed(held)
        places.free(held)
    for run in held:
        logger.info("run %s of %s: %s%s", run.id, run.task_ref, run.status, _why(run))
    return [run.id for run in held]


def _why(run: Run) -> str:
    return f" ({run.error[:200]})" if run.error else ""


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.SCHEDULING.lease_seconds)


def _held(leases: AbstractSet[_Lease]) -> list[Run]:
    """The runs still leased as given, locked (SQLite: the transaction is)."""
    rows = places.counted(Run.objects.select_for_update(of=("self",))).filter(
        id__in={run_id for run_id, _ in leases}, status=Status.RUNNING
    )
    return [run for run in rows.order_by("id") if (run.id, run.lease_token) in leases]


def _still_due(run: Run, outcome: Outcome) -> bool:
    return outcome.expired_before is None or (
        run.lease_expires_at is not None
        and run.lease_expires_at < outcome.expired_before
    )


def _apply(run: Run, outcome: Outcome, now: datetime) -> None:
    status = outcome.status
    if status == Status.QUEUED and run.cancel_requested_at is not None:
        status = Status.CANCELLED  # nobody wants the next try
    run.status = status
    run.lease_token = run.lease_expires_at = None
    run.finished_at = now if run.is_final else None
    run.next_attempt_at = outcome.next_attempt_at or run.next_attempt_at
    run.rung_at = now if run.is_final else None  # beat rings when its time has come
    run.failure_reason = outcome.failure_reason if status == Status.FAILED else ""
    for name in (
        "error", "error_trace", "output", "output_type", "output_data",
        "output_truncated",
    ):  # fmt: skip
        setattr(run, name, getattr(outcome, name))
    run.metadata = dict(outcome.metadata)
    _add_usage(run, outcome.usage)


def _add_usage(run: Run, usage: Usage) -> None:
    """Add up: tokens of a try that failed were paid for too."""
    run.model = usage.model or run.model
    for name in ("requests", "input_tokens", "output_tokens", "tool_calls"):
        setattr(run, name, min(getattr(run, name) + getattr(usage, name), MOST_COUNT))
    if usage.cost is not None:
        run.cost = min((run.cost or 0) + usage.cost, MOST_COST)

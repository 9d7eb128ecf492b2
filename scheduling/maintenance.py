"""The reconciler of runs: what the broker lost or a worker dropped goes on from the rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from notifications.backoff import run_delay
from scheduling import alerts, cycles, decisions, lifecycle, places, waiting
from scheduling.doorbell import is_queue_empty, ring
from scheduling.models import AgentAct, Event, Process, Run, UsedSignature
from scheduling.outcome import Outcome
from scheduling.serving import own_runs

_BATCH = 1000
#: Waits of `rering_after_seconds` after which a run is rung however busy the workers seem.
_PATIENCE = 20
_FORGOTTEN_AFTER = timedelta(days=1)
#: The clock of a web process may be as much behind that of this one.
_CLOCKS_APART = timedelta(hours=1)


def keep_house() -> None:
    """Rescue the runs of dead workers, let go on what was forgotten, resolve incidents that are
    over, ring for what was not claimed.
    """
    rescue()
    cycles.advance_forgotten()
    waiting.release_forgotten()
    places.let_go_forgotten()
    decisions.expire()
    alerts.tidy(timezone.now())
    republish()


def rescue() -> int:
    """End the tries whose lease has ended: another try while tries remain, else `lost`."""
    now = timezone.now()
    expired = Run.objects.filter(
        status=Run.Status.RUNNING, lease_expires_at__lt=now
    ).order_by("lease_expires_at")[:_BATCH]
    outcomes = [_lost(run, now) for run in expired]
    return len(lifecycle.finish(outcomes)) if outcomes else 0


def _lost(run: Run, now: datetime) -> Outcome:
    # One that was to be cancelled is cancelled on its way back to the queue.
    again = run.attempt < run.max_attempts or run.cancel_requested_at is not None
    if run.lease_token is None:
        raise ValueError(f"run {run.id} is running without a lease")
    return Outcome(
        run_id=run.id,
        lease_token=run.lease_token,
        status=Run.Status.QUEUED if again else Run.Status.FAILED,
        failure_reason=Run.FailureReason.LOST,
        error=f"Its worker {run.worker or ''} fell silent in try {run.attempt}.",
        # The first rescue is at once: most often the worker was restarted, not the agent at fault.
        next_attempt_at=now
        + timedelta(
            seconds=0
            if run.attempt <= 1
            else run_delay(run.attempt - 1, jitter=random.random)
        ),
        expired_before=now,
    )


def republish() -> int:
    """Ring for what is due: a retry whose time has come, or a lost message. Returns how many.

    While messages wait in the queue the workers are just busy, and a second message for the
    same run would only cost; but where new ones come all the time, a lost one must be found too.
    """
    now, wait = (
        timezone.now(),
        timedelta(seconds=settings.SCHEDULING.rering_after_seconds),
    )
    queued = Run.objects.filter(
        status=Run.Status.QUEUED, waits_for="", next_attempt_at__lte=now
    )
    due = own_runs(queued)
    put_off = due.filter(rung_at__isnull=True)
    unheard = due.filter(rung_at__lte=now - wait)
    if unheard.exists() and not is_queue_empty():
        unheard = due.filter(rung_at__lte=now - _PATIENCE * wait)
    silent = put_off | unheard
    ids = list(silent.order_by("next_attempt_at").values_list("id", flat=True)[:_BATCH])
    Run.objects.filter(id__in=ids).update(rung_at=now)
    ring(ids)
    return len(ids)


def prune() -> int:
    """Delete final runs, events and acts of agents older than the setting says, in batches.

    Returns how many runs.
    """
    days = settings.SCHEDULING.keep_runs_days
    if not days:
        return 0
    until = timezone.now() - timedelta(days=days)
    _prune_events(until)
    _prune_acts(until)
    old = Run.objects.filter(created_at__lt=until, status__in=Run.FINAL)
    old = old.exclude(approval=Run.Approval.WAITING)  # it is over when somebody decides
    total = 0
    while ids := list(old.order_by("created_at").values_list("id", flat=True)[:_BATCH]):
        Run.objects.filter(id__in=ids).delete()
        total += len(ids)
    return total


def _prune_events(until: datetime) -> None:
    old = Event.objects.filter(at__lt=until).order_by("at")
    while ids := list(old.values_list("id", flat=True)[:_BATCH]):
        Event.objects.filter(id__in=ids).delete()


def _prune_acts(until: datetime) -> None:
    old = AgentAct.objects.filter(at__lt=until).order_by("at")
    while ids := list(old.values_list("id", flat=True)[:_BATCH]):
        AgentAct.objects.filter(id__in=ids).delete()


def forget_processes() -> int:
    """Delete the rows of processes that have been silent for a day. Returns how many."""
    silent = Process.objects.filter(seen_at__lt=timezone.now() - _FORGOTTEN_AFTER)
    return silent.delete()[0]


def forget_signatures() -> int:
    """Delete the used signatures whose stamps no web process takes any more. Returns how many."""
    over = UsedSignature.objects.filter(expires_at__lt=timezone.now() - _CLOCKS_APART)
    total = 0
    while digests := list(over.values_list("digest", flat=True)[:_BATCH]):
        total += UsedSignature.objects.filter(digest__in=digests).delete()[0]
    return total

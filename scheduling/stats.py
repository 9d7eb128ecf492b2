"""How the scheduler does, in APFlow's terms (CONTRACTS A2): from the rows of processes and runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from scheduling import blackouts, overview
from scheduling.dispatch import next_due
from scheduling.models import Process, Run

MOST_COUNTED = 100_000
"""Runs of one status that are counted; a number that is as large means so many or more."""
#: For so long after its first process has come up an installation may be incomplete.
_STARTING = timedelta(seconds=60)


class State(StrEnum):
    """What the scheduler is doing as a whole."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class SchedulerStats:
    """The runs counted are those made since `started_at`: since the beat that fires has begun."""

    state: State
    started_at: datetime | None
    tasks_executed: int
    tasks_succeeded: int
    tasks_failed: int
    #: When that beat was last heard of; it looks far more often (`poll_interval_seconds`).
    last_poll_at: datetime | None
    next_poll_at: datetime | None
    #: Runs that workers have at this moment.
    active_tasks: int
    #: Runs that are due and that no worker has taken yet, and how long the first of them waits.
    queued_tasks: int
    queue_age_seconds: float | None
    late_tasks: int
    beats: int
    workers: int
    poll_interval_seconds: float

    def as_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in vars(self).items()
        }


def scheduler_stats() -> SchedulerStats:
    """Return how things stand now. Nine queries, each on an index and bounded."""
    now = timezone.now()
    living = overview.alive(now)
    beat = _leader(living.beats)
    done = _counts(beat.started_at) if beat else {}
    queued = Run.objects.filter(
        status=Run.Status.QUEUED, waits_for="", next_attempt_at__lte=now
    ).order_by()
    oldest = queued.aggregate(oldest=Min("next_attempt_at"))["oldest"]
    running = Run.objects.filter(status=Run.Status.RUNNING).order_by()
    return SchedulerStats(
        state=_state(living, now),
        started_at=beat.started_at if beat else None,
        tasks_executed=sum(done.values()),
        tasks_succeeded=done.get(Run.Status.SUCCEEDED, 0),
        tasks_failed=done.get(Run.Status.FAILED, 0),
        last_poll_at=beat.seen_at if beat else None,
        next_poll_at=_next_poll(now) if beat else None,
        active_tasks=running[:MOST_COUNTED].count(),
        queued_tasks=queued[:MOST_COUNTED].count(),
        queue_age_seconds=(now - oldest).total_seconds() if oldest else None,
        late_tasks=overview.late_tasks(now).order_by()[:MOST_COUNTED].count(),
        beats=len(living.beats),
        workers=len(living.workers),
        poll_interval_seconds=settings.SCHEDULING.beat_poll_seconds,
    )


def _leader(beats: Sequence[Process]) -> Process | None:
    return next((each for each in beats if each.leads), beats[0] if beats else None)


def _counts(since: datetime) -> dict[Run.Status, int]:
    """How many runs that were made since then have ended, by status; one query for each."""
    ends = (Run.Status.SUCCEEDED, Run.Status.FAILED, Run.Status.CANCELLED)
    made = Run.objects.filter(created_at__gte=since).order_by()
    return {each: made.filter(status=each)[:MOST_COUNTED].count() for each in ends}


def _next_poll(now: datetime) -> datetime:
    """Beat looks when a task is due, and once in a poll interval at the latest."""
    latest = now + timedelta(seconds=settings.SCHEDULING.beat_poll_seconds)
    due = next_due()
    return latest if due is None else min(latest, max(now, due))


def _state(living: overview.Alive, now: datetime) -> State:
    processes = [*living.beats, *living.workers]
    if not processes:
        return State.STOPPED
    if living.is_well:
        return State.RUNNING if blackouts.on_at(now) is None else State.PAUSED
    if now - min(each.started_at for each in processes) < _STARTING:
        return State.STARTING
    # Who stops in order takes its row away; who dies is silent.
    withdrawn = not living.beats and not living.silent
    return State.STOPPING if withdrawn else State.ERROR

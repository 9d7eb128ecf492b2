"""The rows of `benchmarks.lists`: many tasks, many runs, a delivery for each run that ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from notifications.models import Delivery
from scheduling.models import Agent, Run, ScheduledTask

BUSY = "bench-0"
"""The task that a tenth of all runs belong to."""
RARE = "bench-rare"
"""The agent of one run in fifty."""
_BATCH = 2000
_OUTPUT = "The market closed higher. " * 40


def fill(tasks: int, runs: int) -> None:
    """Write them, newest run last, a minute apart."""
    agent = Agent.objects.create(id="bench", name="Bench", backend="echo")
    Agent.objects.create(id=RARE, name="Rare", backend="echo")
    ScheduledTask.objects.bulk_create(
        (_task(agent, number) for number in range(tasks)), batch_size=_BATCH
    )
    start = timezone.now() - timedelta(minutes=runs)
    for first in range(0, runs, _BATCH):
        made = list(_runs(start, first, min(first + _BATCH, runs), tasks))
        Run.objects.bulk_create(made)
        Delivery.objects.bulk_create(_deliveries(made))
    if connection.vendor == "postgresql":  # which does so by itself; SQLite never does
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _task(agent: Agent, number: int) -> ScheduledTask:
    return ScheduledTask(
        id=f"bench-{number}",
        name=f"Bench {number}",
        agent=agent,
        input_message="Report.",
        schedule_type="interval",
        interval_seconds=3600,
        next_run_at=timezone.now() + timedelta(minutes=number),
    )


def _runs(start: datetime, first: int, end: int, tasks: int) -> Iterator[Run]:
    for number in range(first, end):
        owner = 0 if number % 10 == 0 else number % tasks
        at = start + timedelta(minutes=number)
        status = _status(number)
        yield Run(
            task_id=f"bench-{owner}",
            task_ref=f"bench-{owner}",
            task_name=f"Bench {owner}",
            agent_id=RARE if number % 50 == 2 else "bench",
            trigger="schedule" if number % 100 else "manual",
            scheduled_for=at,
            status=status,
            failure_reason="error" if status == "failed" else "",
            skip_reason="overlap" if status == "skipped" else "",
            output=_OUTPUT,
            input_message=_OUTPUT,
            input_tokens=900,
            output_tokens=300,
            created_at=at,
            started_at=at,
            finished_at=None if status == "queued" else at + timedelta(seconds=9),
        )


def _status(number: int) -> str:
    if number % 20_000 == 1:
        return "queued"
    return {3: "failed", 7: "skipped"}.get(number % 30, "succeeded")


def _deliveries(runs: list[Run]) -> Iterator[Delivery]:
    for run in runs:
        if run.status in ("succeeded", "failed"):
            yield Delivery(
                id=uuid.uuid4(),
                run_id=run.id,
                task_id=run.task_ref,
                webhook_name="Channel",
                format="raw",
                payload={},
                status="delivered",
                created_at=run.created_at,
                finished_at=run.finished_at,
            )

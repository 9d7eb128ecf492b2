"""Tasks that are due, and what became of their slots, for the tests of dispatch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scheduling.models import Run, ScheduledTask
from tests.factories import make_task

NOW = datetime(2026, 3, 2, 0, 0, 0, tzinfo=UTC)  # 07:00 in Ho Chi Minh, a Monday
MINUTE = timedelta(minutes=1)


def minutely(first: datetime = NOW, **fields: Any) -> ScheduledTask:
    """A task of every minute whose first slot that the ledger does not know is `first`."""
    fields = {
        "schedule_type": "interval",
        "interval_seconds": 60,
        "created_at": first - timedelta(days=1),
        "next_run_at": first,
    } | fields
    return make_task(**fields)


def ledger(task: ScheduledTask) -> list[Run]:
    """The rows of the task's slots, oldest first."""
    return list(task.runs.filter(trigger="schedule").order_by("scheduled_for"))


def told(task: ScheduledTask) -> list[tuple[Any, ...]]:
    """The ledger in short: the first slot in minutes after `NOW`, how many, and what became of it."""
    return [
        (
            (run.scheduled_for - NOW) / MINUTE,
            run.slots,
            run.skip_reason or run.waits_for or run.status,
        )
        for run in ledger(task)
    ]


def end(run: Run, status: str = "succeeded") -> None:
    """The run has ended, past `lifecycle`."""
    Run.objects.filter(id=run.id).update(
        status=status,
        finished_at=NOW,
        waits_for="",
        lease_token=None,
        lease_expires_at=None,
        failure_reason="error" if status == "failed" else "",
    )


def begin(run: Run) -> None:
    """The run is running."""
    Run.objects.filter(id=run.id).update(
        status="running",
        waits_for="",
        lease_token="0" * 32,
        lease_expires_at=NOW + timedelta(days=1000),
        attempt=1,
    )

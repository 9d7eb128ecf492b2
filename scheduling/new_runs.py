"""The one place where a run takes its shape from its task."""

from __future__ import annotations

from datetime import datetime

from scheduling.models import Run, ScheduledTask


def new_run(
    task: ScheduledTask,
    trigger: Run.Trigger,
    now: datetime,
    *,
    scheduled_for: datetime | None = None,
) -> Run:
    """Return an unsaved queued run of `task`."""
    return Run(
        task=task,
        task_ref=task.id,
        task_name=task.name,
        agent_id=task.agent_id,
        user_id=task.target_user_id,
        trigger=trigger,
        scheduled_for=scheduled_for,
        deadline_seconds=task.deadline_seconds,
        max_attempts=task.max_attempts,
        created_at=now,
        next_attempt_at=now,
        rung_at=now,
    )

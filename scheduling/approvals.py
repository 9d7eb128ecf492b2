"""Outputs that a person is to see before anybody is told of them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from scheduling.events import about, record
from scheduling.models import Approval, Event, Run, ScheduledTask

UNAPPROVED = (Run.Approval.WAITING, Run.Approval.REJECTED)
"""An output that stands so is quoted to nobody."""


def hold(final: Sequence[Run], now: datetime) -> set[uuid.UUID]:
    """Hold back what tasks want approved of these runs; returns which. In the open transaction.

    Only what succeeded: of a failure people are told at once. One query when nothing is held.
    """
    succeeded = [run for run in final if run.status == Run.Status.SUCCEEDED]
    tasks = _wanting({run.task_id for run in succeeded if run.task_id})
    held = [run for run in succeeded if run.task_id in tasks]
    if not held:
        return set()
    ids = {run.id for run in held}
    Run.objects.filter(id__in=ids).update(approval=Run.Approval.WAITING)
    Approval.objects.bulk_create(
        [_asked(run, tasks[run.task_id or ""], now) for run in held]
    )
    for run in held:
        run.approval = Run.Approval.WAITING
    record(
        about(tasks[run.task_id or ""], Event.Kind.APPROVAL, run=run, at=now)
        for run in held
    )
    return ids


def _wanting(task_ids: set[str]) -> dict[str, ScheduledTask]:
    if not task_ids:
        return {}
    tasks = ScheduledTask.objects.filter(id__in=task_ids, needs_approval=True)
    return tasks.only("id", "name", "approval_seconds", "approval_expiry").in_bulk()


def _asked(run: Run, task: ScheduledTask, now: datetime) -> Approval:
    seconds = task.approval_seconds
    return Approval(
        run=run,
        original_output=run.output,
        original_data=run.output_data,
        asked_at=now,
        expires_at=None if seconds is None else now + timedelta(seconds=seconds),
        on_expiry=task.approval_expiry,
    )

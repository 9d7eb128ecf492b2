"""The rows of slots that did not run: one for a range, and one that grows while its reason lasts."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from scheduling.gates import INSTANT, Obstacle, Stretch
from scheduling.models import Run, ScheduledTask
from scheduling.new_runs import new_run
from scheduling.schedule import Schedule
from scheduling.slots import Gap, range_gap

Skip = Run.SkipReason
#: Reasons that last: the next slot skipped for the same is counted in the same row.
_LASTING = (Skip.PAUSED, Skip.CALENDAR, Skip.LIMIT, Skip.BLOCKED, Skip.BUDGET)
_GROWN = ["slots", "last_slot", "finished_at"]


def row(task: ScheduledTask, gap: Gap, now: datetime) -> Run:
    """Return the unsaved row of a gap."""
    run = new_run(task, Run.Trigger.SCHEDULE, now, scheduled_for=gap.first)
    run.status, run.finished_at = Run.Status.SKIPPED, now
    run.skip_reason, run.note = gap.reason, gap.note
    run.slots = gap.count
    run.last_slot = None if gap.reason == Skip.OVERLAP else gap.last
    return run


def paused_row(
    task: ScheduledTask, schedule: Schedule, until: datetime, now: datetime
) -> Run | None:
    """Return the unsaved row of the slots from `next_slot` up to `until`, in which it was paused.

    `task` as it was in its pause; None when there was no slot.
    """
    note = f"Paused: {task.pause_note}" if task.pause_note else "The task was paused."
    return _range_row(task, schedule, until, now, Obstacle(Skip.PAUSED, note))


def set_aside_row(
    task: ScheduledTask, schedule: Schedule, until: datetime, now: datetime
) -> Run | None:
    """The same for a task that was set aside by beat, with its error."""
    note = f"The task was set aside: {task.schedule_error}"
    return _range_row(task, schedule, until, now, Obstacle(Skip.MISSED, note))


def _range_row(
    task: ScheduledTask,
    schedule: Schedule,
    until: datetime,
    now: datetime,
    obstacle: Obstacle,
) -> Run | None:
    first = task.next_slot
    if first is None or first > until:
        return None
    part = Stretch(first, until + INSTANT, obstacle)
    (gap,) = range_gap(schedule, first, part, obstacle)
    return row(task, gap, now)


def open_rows(tasks: Iterable[ScheduledTask]) -> dict[uuid.UUID, Run]:
    """Return the rows that the next skipped slots of `tasks` may be counted in. One query."""
    ids = [task.gap_run for task in tasks if task.gap_run]
    if not ids:
        return {}
    return Run.objects.only("id", "skip_reason", "note", *_GROWN).in_bulk(ids)


def continues(gap: Gap, before: Run | None) -> bool:
    """Whether `gap` goes on with what the open row `before` says."""
    return (
        before is not None
        and gap.reason in _LASTING
        and (before.skip_reason, before.note) == (gap.reason, gap.note)
    )


def lasts(gap: Gap) -> bool:
    """Whether the next slot may be skipped for the same reason, in the same row."""
    return gap.reason in _LASTING


def grow(before: Run, gap: Gap, now: datetime) -> None:
    """Count `gap` in the open row; saves nothing."""
    before.slots += gap.count
    before.last_slot, before.finished_at = gap.last, now


def save_grown(rows: Collection[Run]) -> None:
    """Write rows that have grown."""
    if rows:
        Run.objects.bulk_update(rows, _GROWN)

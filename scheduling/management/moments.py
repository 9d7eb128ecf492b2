"""Tasks and moments as the commands take them."""

from __future__ import annotations

from datetime import datetime

from pages.commands import wrong
from scheduling.ledger_words import zone_of
from scheduling.models import ScheduledTask
from scheduling.moments import MomentError, read_moment


def task_named(task_id: str) -> ScheduledTask:
    """Return the task; `CommandError` (exit 2) when there is none."""
    tasks = ScheduledTask.objects.select_related("calendar", "paused_by")
    task = tasks.filter(id=task_id).first()
    if task is None:
        raise wrong(f"There is no task {task_id!r}.")
    return task


def moment_of(
    option: str, text: str, task: ScheduledTask, *, end: bool = False
) -> datetime:
    """Read a moment in the task's zone; `CommandError` (exit 2) naming the option."""
    try:
        return read_moment(text, zone_of(task), end=end)
    except MomentError as error:
        raise wrong(f"{option}: {error}") from error

"""The counters of tasks: runs, failures, failures in a row, and the pause after too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from scheduling.events import about, record
from scheduling.models import Event, Run, ScheduledTask

Status = Run.Status
_PAUSE_COLUMNS = (*ScheduledTask.PAUSE_FIELDS, "due_at", "next_run_at")


def count(runs: Iterable[Run], now: datetime) -> None:
    """Move the counters of the runs' tasks: one update per status and number of runs.

    A task that has failed as often in a row as it may is paused: that is an event.
    """
    counted = [run for run in runs if run.task_id]
    per_task = Counter((run.task_id, run.status) for run in counted)
    _lock_tasks({task_id for task_id, _ in per_task if task_id})
    groups: dict[tuple[str, int], list[str]] = {}
    for (task_id, status), number in per_task.items():
        groups.setdefault((status, number), []).append(str(task_id))
    for (status, number), task_ids in sorted(groups.items()):
        changes: dict[str, Any] = {
            "run_count": F("run_count") + number,
            "last_status": status,
            "last_run_at": now,
        }
        if status == Status.FAILED:
            changes["failure_count"] = F("failure_count") + number
            changes["consecutive_failures"] = F("consecutive_failures") + number
        elif status == Status.SUCCEEDED:
            changes["consecutive_failures"] = 0
        ScheduledTask.objects.filter(id__in=task_ids).update(**changes)
    _pause_failing(
        {run.task_id: run for run in counted if run.status == Status.FAILED}, now
    )


def _pause_failing(last_failed: Mapping[str | None, Run], now: datetime) -> None:
    """Pause those of the tasks that have failed as often in a row as they may."""
    if not last_failed:
        return
    # Counted above, so these rows are locked.
    failing = ScheduledTask.objects.filter(
        id__in=last_failed,
        active=True,
        consecutive_failures__gte=F("pause_after_failures"),
    )
    tasks = list(failing.only("id", "name", "consecutive_failures"))
    for task in tasks:
        task.active, task.paused_at, task.paused_by = False, now, None
        task.resume_at = task.due_at = task.next_run_at = None
        task.pause_note = _("%(count)d failures in a row.") % {
            "count": task.consecutive_failures
        }
    if tasks:
        ScheduledTask.objects.bulk_update(tasks, _PAUSE_COLUMNS)
    record(
        about(
            task,
            Event.Kind.PAUSED,
            run=last_failed[task.id],
            at=now,
            note=task.pause_note,
        )
        for task in tasks
    )


def _lock_tasks(task_ids: Collection[str]) -> None:
    """Lock them in one order, so that two workers' batches cannot wait for each other."""
    if len(task_ids) > 1 and connection.features.has_select_for_update:
        rows = ScheduledTask.objects.select_for_update(no_key=True)
        list(rows.filter(id__in=task_ids).order_by("id").values_list("id"))

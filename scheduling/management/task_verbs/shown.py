"""Tasks and runs as the verbs show them: rows for people, JSON for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from scheduling.ledger_words import zone_of
from scheduling.models import Calendar, Run, ScheduledTask
from scheduling.schedule import ScheduleError

TASK_HEADINGS = ("ID", "NAME", "STATE", "SCHEDULE", "NEXT", "ZONE", "LAST")
RUN_HEADINGS = ("AT", "RUN", "TRIGGER", "STATUS", "TRY", "SECONDS", "WHY")


def with_relations(tasks: QuerySet[ScheduledTask]) -> QuerySet[ScheduledTask]:
    """Load what is shown of many tasks in a constant number of queries."""
    calendars = Prefetch("calendar", Calendar.objects.defer("file"))
    found: QuerySet[ScheduledTask] = tasks.select_related("owner", "paused_by")
    return found.prefetch_related(calendars, "tags").defer("state")


def task_row(task: ScheduledTask) -> tuple[object, ...]:
    """Return a task for people, its times on the clock of its own zone."""
    next_run = clock(task, task.next_run_at)
    return (
        *(task.id, task.name, state_of(task), in_words(task)),
        *(next_run, task.timezone, task.last_status),
    )


def task_json(task: ScheduledTask) -> dict[str, Any]:
    """Return a task for programs, times in ISO 8601 in its own zone."""
    return {
        "id": task.id,
        "name": task.name,
        "active": task.active,
        "state": state_of(task),
        "agent_id": task.agent_id,
        "owner": task.owner.get_username() if task.owner else None,
        "schedule_type": task.schedule_type,
        "schedule_in_words": in_words(task),
        "timezone": task.timezone,
        "start_at": iso(task, task.start_at),
        "end_at": iso(task, task.end_at),
        "max_runs": task.max_runs,
        "next_run_at": iso(task, task.next_run_at),
        "last_run_at": iso(task, task.last_run_at),
        "last_status": task.last_status,
        "run_count": task.run_count,
        "failure_count": task.failure_count,
        "tags": [tag.name for tag in task.tags.all()],
        "version": task.version,
    }


def run_row(run: Run, task: ScheduledTask) -> tuple[object, ...]:
    """Return a run for people."""
    took = run.duration
    return (
        clock(task, run.scheduled_for or run.created_at),
        *(run.id, run.trigger, run.status, run.attempt or ""),
        "" if took is None else f"{took.total_seconds():.1f}",
        _cut(run.failure_reason or run.skip_reason, run.error or run.note),
    )


def run_json(run: Run, task: ScheduledTask) -> dict[str, Any]:
    """Return a run for programs, without its output."""
    return {
        "id": str(run.id),
        "task_id": run.task_ref,
        "status": run.status,
        "trigger": run.trigger,
        "scheduled_for": iso(task, run.scheduled_for),
        "created_at": iso(task, run.created_at),
        "started_at": iso(task, run.started_at),
        "finished_at": iso(task, run.finished_at),
        "attempt": run.attempt,
        "failure_reason": run.failure_reason,
        "skip_reason": run.skip_reason,
        "error": run.error,
        "note": run.note,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost": None if run.cost is None else str(run.cost),
    }


def state_of(task: ScheduledTask) -> str:
    """Say in a word whether it fires."""
    if not task.active:
        return "paused"
    if task.schedule_error:
        return "set aside"
    by_itself = task.schedule_type != ScheduledTask.Type.NONE
    return "finished" if by_itself and task.next_slot is None else "active"


def in_words(task: ScheduledTask) -> str:
    """Say when it is due; nothing when its schedule cannot be read."""
    try:
        return task.schedule.describe()
    except ScheduleError:
        return ""


def clock(task: ScheduledTask, instant: datetime | None) -> str:
    """A moment on the clock of the task's zone; seconds only where there are some."""
    if instant is None:
        return ""
    local = instant.astimezone(zone_of(task))
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def iso(task: ScheduledTask, instant: datetime | None) -> str | None:
    """A moment in ISO 8601 in the task's zone."""
    if instant is None:
        return None
    return instant.astimezone(zone_of(task)).isoformat(timespec="seconds")


def _cut(reason: str, words: str) -> str:
    text = ": ".join(each for each in (reason, words) if each)
    return text if len(text) <= 80 else f"{text[:79]}…"

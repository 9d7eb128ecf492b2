"""A task as a cron job of omniagent: status, schedule and action under its names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from scheduling.models import AgentAct, Run, ScheduledTask
from scheduling.schedule import ScheduleError
from scheduling.tools.actions import action_json
from scheduling.tools.durations import format_duration

STATUSES = ("enabled", "disabled", "running")


def status_of(task: ScheduledTask, *, running: bool) -> str:
    """Return `running` while a run of it is under way, else whether it fires."""
    if running:
        return "running"
    return "enabled" if task.active else "disabled"


def running_of(ids: Iterable[str]) -> set[str]:
    """Return which of these tasks have a run under way. One query."""
    runs = Run.objects.filter(task_id__in=list(ids), status__in=Run.ACTIVE)
    return {each for each in runs.values_list("task_id", flat=True) if each}


def descriptions_of(ids: Iterable[str]) -> dict[str, str]:
    """Return what the jobs were said to be for when they were made. One query."""
    acts = AgentAct.objects.filter(task_ref__in=list(ids), action="create", accepted=True)  # fmt: skip
    made = acts.order_by("at", "id").values_list("task_ref", "arguments")
    return {ref: str(arguments.get("description") or "") for ref, arguments in made}


def line_of(task: ScheduledTask, *, running: bool, description: str) -> dict[str, Any]:
    """Return the job as `cron_list` shows it."""
    return {
        "id": task.id,
        "name": task.name,
        "description": description,
        "status": status_of(task, running=running),
        "run_count": task.run_count,
        "last_run_at": iso(task.last_run_at),
        "next_run_at": iso(task.next_run_at),
    }


def job_of(task: ScheduledTask) -> dict[str, Any]:
    """Return the whole job, as `cron_get` shows it; its agent is loaded."""
    line = line_of(
        task,
        running=task.id in running_of([task.id]),
        description=descriptions_of([task.id]).get(task.id, ""),
    )
    return {
        **line,
        "schedule": _schedule_json(task),
        "action": action_json(task),
        "owner_principal": str(task.owner_id) if task.owner_id else "",
        "created_at": iso(task.created_at),
        "updated_at": iso(task.updated_at),
        "last_error": _last_error(task),
        "metadata": {"timezone": task.timezone, "ends_at": iso(task.end_at)},
    }


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON has it."""
    return moment.isoformat() if moment else None


def _last_error(task: ScheduledTask) -> str:
    if task.last_status != Run.Status.FAILED:
        return ""
    failed = task.runs.filter(status=Run.Status.FAILED).order_by("-created_at", "-id")
    return failed.values_list("error", flat=True).first() or ""


def _schedule_json(task: ScheduledTask) -> dict[str, str]:
    """Exactly one of `cron` (six fields), `interval` and `once`."""
    if task.schedule_type == task.Type.INTERVAL:
        return {"interval": format_duration(task.interval_seconds or 0)}
    if task.schedule_type == task.Type.ONCE:
        return {"once": iso(task.run_at) or ""}
    try:
        pattern = task.schedule.pattern
    except ScheduleError:
        return {"cron": task.cron_expression}
    return {"cron": pattern.expression if pattern else ""}

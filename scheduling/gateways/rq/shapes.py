"""Tasks and runs in the shapes of the RQ scheduler: ScheduledTask and TaskExecution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Left
from django.db.models.lookups import Exact

from scheduling.api.run_json import show_runs
from scheduling.gateways.sharing import name_there
from scheduling.interop import rq_schedule
from scheduling.models import Agent, ImportedTask, Run, ScheduledTask

RQ = ImportedTask.Format.RQ
Status = Run.Status
#: A slot that was not used is none of theirs: it is only told of when asked for.
STATUSES = {
    Status.QUEUED: "queued",
    Status.RUNNING: "running",
    Status.SUCCEEDED: "success",
    Status.FAILED: "failed",
    Status.CANCELLED: "cancelled",
    Status.SKIPPED: "cancelled",
}


def with_names(tasks: QuerySet[ScheduledTask]) -> QuerySet[ScheduledTask]:
    """`tasks` with all that their shape names; no key is needed to read it."""
    return tasks.select_related("agent", "imported").defer(
        "agent__credentials", "imported__document", "state"
    )


def of_agent(name: str, prefix: str = "") -> Q:
    """The tasks that `show_task` says are of the agent `name`; of runs by `prefix`."""
    start = f"{name}:"
    theirs = Q(**{f"{prefix}imported__format": RQ})
    # Not `startswith`, which on SQLite takes upper and lower case for the same.
    named = Q(Exact(Left(f"{prefix}imported__ref", len(start)), start))
    others = ~theirs | Q(**{f"{prefix}imported": None})
    return (theirs & named) | (others & Q(**{f"{prefix}agent_id": name}))


def show_task(task: ScheduledTask) -> dict[str, Any]:
    """Return a task with `agent` and `imported` loaded; `timezone` is Backbeat's."""
    agent_name, task_name = names_of(task)
    schedule, task_type = rq_schedule.words(task)
    said = task.input_message
    return {
        "id": public_id(task),
        "agent_name": agent_name,
        "task_name": task_name,
        "description": None if said == task_name else said,
        "enabled": task.active,
        "schedule": schedule,
        "task_type": task_type,
        "timezone": task.timezone,
        "function_path": function_of(task.agent),
        "args": task.agent_options.get("args"),
        "kwargs": task.agent_options.get("kwargs"),
        "created_at": task.created_at,
        "updated_at": task.updated_at,
    }


def show_executions(runs: Sequence[Run], *, user: Any) -> list[dict[str, Any]]:
    """Return runs, with their tasks and agents loaded, as `user` may see them."""
    shown = show_runs(runs, user=user)
    return [_execution(run, run_json) for run, run_json in zip(runs, shown, strict=True)]  # fmt: skip


def _execution(run: Run, shown: dict[str, Any]) -> dict[str, Any]:
    task = run.task
    agent_name, task_name = names_of(task) if task else (run.agent_id or "", run.task_name)  # fmt: skip
    done = run.status == Status.SUCCEEDED
    options = task.agent_options if task else {}
    return {
        "id": str(run.id),
        "task_id": str(run.id),
        "scheduled_task_id": public_id(task) if task else None,
        "agent_name": agent_name,
        "task_name": task_name,
        "status": STATUSES[Status(run.status)],
        "function_path": function_of(run.agent) if run.agent else "",
        "args": options.get("args"),
        "kwargs": options.get("kwargs"),
        "result": {"result": shown["output"]} if done else None,
        "error": _error(run) or None,
        "started_at": run.started_at,
        "completed_at": run.finished_at,
        "created_at": run.created_at,
        "updated_at": run.finished_at or run.started_at or run.created_at,
    }


def _error(run: Run) -> str:
    if run.status != Status.SKIPPED:
        return run.error
    return f"Skipped: {run.get_skip_reason_display()}. {run.note}".strip()


def public_id(task: ScheduledTask) -> str:
    """Return `agent:name` of a task that was made there or for there, else Backbeat's id."""
    return name_there(task, RQ) or task.id


def names_of(task: ScheduledTask) -> tuple[str, str]:
    """Return (agent_name, task_name)."""
    agent, colon, name = name_there(task, RQ).partition(":")
    return (agent, name) if colon else (task.agent_id, task.name)


def function_of(agent: Agent) -> str:
    """Return the function that an agent calls, of others the backend."""
    function = agent.options.get("function") if agent.backend == "function" else None
    return str(function or agent.backend)

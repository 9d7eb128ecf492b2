"""A task as a SympoziumSchedule: metadata, spec, and the status that the engine knows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from scheduling.blocking import note_of
from scheduling.interop.sympozium_spec import API_VERSION, KIND, spec_of
from scheduling.models import ImportedTask, Run, ScheduledTask
from scheduling.models.defaults import default_timezone
from scheduling.selectors import runs_visible_to, tasks_visible_to

SYMPOZIUM = ImportedTask.Format.SYMPOZIUM
_MESSAGE_CHARS = 1000


def schedules_of(user: Any, namespace: str) -> QuerySet[ScheduledTask]:
    """The tasks of `user` that are schedules of a namespace, with all that their shape names."""
    failed = runs_visible_to(user).filter(task=OuterRef("pk"), status=Run.Status.FAILED)
    latest = failed.order_by("-created_at", "-id").values("id")[:1]
    return (
        tasks_visible_to(user)
        .filter(
            imported__format=SYMPOZIUM, imported__ref__startswith=f"{namespace}/"
        )  # a namespace has no upper case
        .select_related("agent", "imported")
        .defer("agent__credentials", "state")
        .annotate(last_failure=Subquery(latest))
    )


def show_schedules(tasks: Sequence[ScheduledTask]) -> list[dict[str, Any]]:
    """Return tasks of `schedules_of` as objects of Kubernetes. One query more."""
    ids = [getattr(task, "last_failure", None) for task in tasks if task.consecutive_failures]  # fmt: skip
    rows = Run.objects.only("error", "failure_reason", "finished_at")
    failures = rows.in_bulk([each for each in ids if each])
    return [
        _schedule(task, failures.get(getattr(task, "last_failure", None)))
        for task in tasks
    ]


def _schedule(task: ScheduledTask, failure: Run | None) -> dict[str, Any]:
    row = task.imported
    namespace, _, name = row.ref.partition("/")
    written = _mapping(row.document.get("spec")).get("type", "")
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{task.created_at}/{row.ref}")),
            "creationTimestamp": _stamp(task.created_at),
            "generation": task.version,
            "labels": _mapping(_mapping(row.document.get("metadata")).get("labels")),
        },
        "spec": spec_of(task, str(written), zone=default_timezone()),
        "status": _status(task, name, failure),
    }


def _status(task: ScheduledTask, name: str, failure: Run | None) -> dict[str, Any]:
    trouble = _trouble(task)
    phase = "Suspended" if not task.active else "Error" if trouble else "Active"
    conditions = [
        _condition(
            "Ready", is_so=phase == "Active", since=task.paused_at or task.updated_at,
            reason=phase if phase == "Suspended" or not trouble else "NotRunnable",
            message=task.pause_note if phase == "Suspended" else trouble,
        ),
        _failing(task, failure),
    ]  # fmt: skip
    return {
        "phase": phase,
        "lastRunTime": _stamp(task.last_run_at),
        "nextRunTime": _stamp(task.next_run_at),
        "lastRunName": f"{name}-{task.run_count}" if task.run_count else None,
        "totalRuns": task.run_count,
        "conditions": conditions,
    }


def _trouble(task: ScheduledTask) -> str:
    """Why it cannot run, in a sentence; "": it can."""
    if task.schedule_error:
        return task.schedule_error
    if not task.agent.active:
        return f"The agent {task.agent_id} is switched off."
    if task.agent.blocked_reason:
        return note_of(task.agent)
    return ""


def _failing(task: ScheduledTask, failure: Run | None) -> dict[str, Any]:
    count = task.consecutive_failures
    if not count:
        since = task.last_run_at or task.created_at
        return _condition("Failing", is_so=False, since=since, reason="NoFailures")
    said = f"{count} in a row failed"
    if failure and failure.error:
        said = f"{said}; the last: {failure.error}"
    why = failure.failure_reason if failure else "error"
    return _condition(
        "Failing",
        is_so=True,
        since=(failure and failure.finished_at) or task.last_run_at or task.updated_at,
        reason="".join(word.title() for word in why.split("_")),
        message=said,
    )


def _condition(
    kind: str, *, is_so: bool, since: datetime, reason: str, message: str = ""
) -> dict[str, Any]:
    return {
        "type": kind,
        "status": str(is_so),
        "reason": reason,
        "message": message[:_MESSAGE_CHARS],
        "lastTransitionTime": _stamp(since),
    }


def _stamp(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

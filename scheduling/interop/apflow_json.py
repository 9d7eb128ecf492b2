"""A task as APFlow's dict (CONTRACTS A2), and its status there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Value, When

from scheduling.interop.apflow_schedule import words
from scheduling.models import Run, ScheduledTask

#: What a last run's end makes of its task there.
_OF_LAST = {
    Run.Status.SUCCEEDED: "completed",
    Run.Status.FAILED: "failed",
    Run.Status.CANCELLED: "cancelled",
}


def with_status(tasks: QuerySet[ScheduledTask]) -> QuerySet[Any]:
    """Annotate `apflow_status`: of the run under way, else of the last one. No further query."""
    under_way = Run.objects.filter(task=OuterRef("pk"), status__in=Run.ACTIVE)
    return tasks.annotate(
        apflow_status=Case(
            When(
                Exists(under_way.filter(status=Run.Status.RUNNING)),
                then=Value("in_progress"),
            ),
            When(Exists(under_way), then=Value("pending")),
            *(
                When(last_status=ours, then=Value(word))
                for ours, word in _OF_LAST.items()
            ),
            default=Value("pending"),
            output_field=CharField(),
        )
    )


def schedule_expression(task: ScheduledTask) -> str | None:
    """The schedule in APFlow's grammar, in the task's own zone; None for a task that has none.

    What that grammar lacks (seconds, the last day of a month) is written all the same.
    """
    try:
        return words(task)[1]
    except ValueError:
        if task.schedule_time is None:
            return task.cron_expression or None
        days = ",".join(str(day) for day in task.weekdays or task.month_days)
        return f"{days} {task.schedule_time.isoformat()}".strip()


def task_json(task: Any) -> dict[str, Any]:
    """`task`, loaded by `with_status`, as APFlow shows it; no secret is in it.

    Expressions are meant in `timezone`. A pause that ends by itself leaves it enabled.
    """
    has_schedule = task.schedule_type != task.Type.NONE
    return {
        "id": task.id,
        "name": task.name,
        "user_id": task.target_user_id or (task.owner_id and str(task.owner_id)),
        "status": task.apflow_status,
        "inputs": {"message": task.input_message},
        "schedule_type": task.schedule_type if has_schedule else None,
        "schedule_expression": schedule_expression(task),
        "schedule_enabled": task.active or task.resume_at is not None,
        "schedule_start_at": _iso(task.start_at),
        "schedule_end_at": _iso(task.end_at),
        "timezone": task.timezone,
        "next_run_at": _iso(task.next_run_at),
        "last_run_at": _iso(task.last_run_at),
        "max_runs": task.max_runs,
        "run_count": task.run_count,
        "created_at": _iso(task.created_at),
        "updated_at": _iso(task.updated_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None

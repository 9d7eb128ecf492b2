"""What tasks have said before: the latest output, and what was reported already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Left

from scheduling.approvals import UNAPPROVED
from scheduling.models import Run, ScheduledTask
from scheduling.prompt import REPORTED_CHARS, REPORTED_RUNS

Said = tuple[datetime, str]


def last_outputs(tasks: Iterable[ScheduledTask]) -> dict[str, str]:
    """Return the latest output of the tasks whose texts ask for it, by task id. Two queries."""
    runs = _latest(_asking(tasks, "last_output"), 1)
    return dict(runs.values_list("task_id", "output"))


def reported(tasks: Iterable[ScheduledTask]) -> dict[str, list[Said]]:
    """Return the beginnings of the latest outputs of the tasks whose texts ask for them.

    By task id, oldest first, each with when it was due. Two queries.
    """
    found: dict[str, list[Said]] = defaultdict(list)
    runs = _latest(_asking(tasks, "already_reported"), REPORTED_RUNS)
    parts = runs.order_by("created_at", "id").values_list(
        "task_id",
        Coalesce("scheduled_for", "created_at"),
        # One more than is shown tells that there was more; outputs may be megabytes.
        Left("output", REPORTED_CHARS + 1),
    )
    for task_id, at, output in parts:
        found[task_id].append((at, output))
    return dict(found)


def _asking(tasks: Iterable[ScheduledTask], name: str) -> set[str]:
    return {
        task.id
        for task in tasks
        if name in task.input_message + task.system_prompt_override
    }


def _latest(task_ids: Collection[str], count: int) -> QuerySet[Run]:
    """The latest `count` runs that succeeded, of each of these tasks."""
    if not task_ids:
        return Run.objects.none()
    latest = (
        Run.objects.filter(
            task=OuterRef("id"), status=Run.Status.SUCCEEDED, session_id=None
        )
        .exclude(approval__in=UNAPPROVED)  # nobody was told of those
        .order_by("-created_at", "-id")
        .values("id")
    )
    # One look into the index for each, which a window over the whole history is not.
    each = [Subquery(latest[place : place + 1]) for place in range(count)]
    rows = ScheduledTask.objects.filter(id__in=task_ids).values_list(*each)
    return Run.objects.filter(id__in=[found for row in rows for found in row if found])

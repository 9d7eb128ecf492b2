"""Trees of tasks for tests, and runs that end as told."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from scheduling import cycles, lifecycle
from scheduling.models import Dependency, Run, ScheduledTask
from scheduling.new_runs import new_run
from scheduling.outcome import Outcome
from tests.factories import make_task

#: Twelve tasks with diamonds: each with the tasks that it comes after.
TWELVE = {
    "a": "", "b": "a", "c": "a", "d": "a", "e": "b c", "f": "c d", "g": "e", "h": "e f",
    "i": "f", "j": "g h", "k": "h i", "l": "j k",
}  # fmt: skip


def make_tree(order: dict[str, str], **fields: Any) -> dict[str, ScheduledTask]:
    """Tasks by id; "b c:failed" are the parents b, and c when it failed."""
    tasks = {}
    for task_id, parents in order.items():
        tasks[task_id] = make_task(id=task_id, name=task_id.upper(), **fields)
        for each in parents.split():
            parent, _, when = each.partition(":")
            Dependency.objects.create(
                task=tasks[task_id], parent=tasks[parent], when=when or "succeeded"
            )
    return tasks


def begin(task: ScheduledTask, **fields: Any) -> Run:
    """A run of `task` with its cycle, written."""
    now = timezone.now()
    root = new_run(task, Run.Trigger.MANUAL, now)
    for name, value in fields.items():
        setattr(root, name, value)
    Run.objects.bulk_create([root, *cycles.expand([root], now)])
    return root


def run_of(task_id: str) -> Run:
    """The latest run of the task."""
    return Run.objects.filter(task_ref=task_id).latest("created_at", "id")


def end(task_id: str, status: str = "succeeded", **fields: Any) -> Run:
    """Claim the task's latest run and let it end so."""
    return end_run(run_of(task_id), status, **fields)


def end_run(run: Run, status: str = "succeeded", **fields: Any) -> Run:
    """Claim this run and let it end so."""
    (run,) = lifecycle.claim([run.id], worker="w")
    assert run.lease_token is not None
    if status == "failed":
        fields = {"failure_reason": "error", "error": "boom"} | fields
    outcome = Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status(status), **fields)  # fmt: skip
    assert lifecycle.finish([outcome]) == [run.id]
    run.refresh_from_db()
    return run


def ready() -> set[str]:
    """The tasks whose run a worker may claim."""
    free = Run.objects.filter(status="queued", waits_for="")
    return set(free.values_list("task_ref", flat=True))


def statuses() -> dict[str, str]:
    """The status of each task's latest run."""
    runs = Run.objects.order_by("created_at", "id")
    return dict(runs.values_list("task_ref", "status"))


def end_all(**others: str) -> dict[str, str]:
    """Let everything that may go succeed, but for `others`; returns the statuses at the end."""
    while tasks := ready():
        for task_id in sorted(tasks):
            end(task_id, others.get(task_id, "succeeded"))
    return statuses()

"""What the end of runs brings about, one line for each concern, inside the finishing transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from notifications.lifecycle import owe
from scheduling import approvals, blocking, memories, spending, steps
from scheduling.counters import count
from scheduling.models import Run, ScheduledTask, TaskWebhook
from scheduling.outcome import Outcome
from scheduling.results import result_of

Outcomes = Mapping[uuid.UUID, Outcome]


def book(tries: Sequence[Run], outcomes: Outcomes, now: datetime) -> None:
    """Book what ended `tries` brought: runs that are final now, or queued for another try.

    Their rows are written already; `outcomes` are by run id.
    """
    steps.keep(tries, outcomes)
    spending.add(tries, outcomes, now)
    blocking.block(tries, outcomes, now)
    final = [run for run in tries if run.is_final]
    count(final, now)
    _remember(final, outcomes)
    memories.write_back(final, outcomes, now)
    held = approvals.hold(final, now)
    tell([run for run in final if run.id not in held])


def tell(runs: Iterable[Run]) -> None:
    """Owe the results of these final runs to their chat sessions and webhooks."""
    telling = [run for run in runs if run.status in (Run.Status.SUCCEEDED, Run.Status.FAILED)]  # fmt: skip
    owe([result_of(run) for run in telling], _webhooks_of(telling))


def _remember(runs: Iterable[Run], outcomes: Outcomes) -> None:
    """Keep what the agents want to know in their task's next run."""
    states = {
        run.task_id: dict(state)
        for run in runs
        if run.task_id and (state := outcomes[run.id].state) is not None
    }
    if states:
        ScheduledTask.objects.bulk_update(
            [
                ScheduledTask(id=task_id, state=state)
                for task_id, state in states.items()
            ],
            ["state"],
        )


def _webhooks_of(runs: Iterable[Run]) -> dict[str, list[TaskWebhook]]:
    """The active webhooks by task id; URLs and headers stay encrypted, nobody needs them yet."""
    task_ids = {run.task_id for run in runs if run.task_id}
    found: dict[str, list[TaskWebhook]] = {}
    if task_ids:
        for webhook in TaskWebhook.objects.filter(
            active=True, task_id__in=task_ids
        ).defer("url", "headers"):
            found.setdefault(webhook.task_id, []).append(webhook)
    return found

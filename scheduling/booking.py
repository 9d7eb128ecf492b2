"""What the end of runs brings about, one line for each concern, inside the finishing transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import F, Q

from notifications.changes import asks_for_previous
from notifications.models import Webhook
from notifications.owing import owe
from scheduling import alerts, approvals, blocking, memories, spending, steps
from scheduling.counters import count
from scheduling.models import Run, ScheduledTask, TaskWebhook
from scheduling.outcome import Outcome
from scheduling.previous import previous_of
from scheduling.results import result_of

Outcomes = Mapping[uuid.UUID, Outcome]
_UNREAD = (*Webhook.SECRETS, "previous_secret")


def book(tries: Sequence[Run], outcomes: Outcomes, now: datetime) -> None:
    """Book what ended `tries` brought: runs that are final now, or queued for another try.

    Their rows are written already; `outcomes` are by run id.
    """
    steps.keep(tries, outcomes)
    spending.add(tries, outcomes, now)
    blocking.block(tries, outcomes, now)
    final = [run for run in tries if run.is_final]
    reports = [run for run in final if not run.is_reply]
    count(reports, now)
    _remember(reports, outcomes)
    memories.write_back(final, outcomes, now)
    held = approvals.hold(final, now)
    untold = tell([run for run in final if run.id not in held])
    alerts.follow(reports, untold=untold, now=now)


def tell(runs: Iterable[Run]) -> set[uuid.UUID]:
    """Owe the results of these final runs to their chat sessions and webhooks.

    Why a webhook's rule refused one is kept with the run. Returns those that failed and that
    nobody is told of.
    """
    telling = [run for run in runs if run.status in (Run.Status.SUCCEEDED, Run.Status.FAILED)]  # fmt: skip
    webhooks = _webhooks_of(telling)
    asking = {task for task, each in webhooks.items() if any(map(asks_for_previous, each))}  # fmt: skip
    before = previous_of({run.id for run in telling if run.task_id in asking})
    owed = owe(
        [replace(result_of(run), previous=before.get(run.id)) for run in telling],
        webhooks,
    )
    for run in telling:
        run.untold = owed.refused.get(run.id, run.untold)
    # The rows are there and locked: this only ever updates, as in `lifecycle.finish`.
    Run.objects.bulk_create(
        [run for run in telling if run.id in owed.refused],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["untold"],
    )
    return {result.run_id for result in owed.untold}


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


def _webhooks_of(runs: Iterable[Run]) -> dict[str, list[Webhook]]:
    """By task id: its own webhooks and those of the address book, active or switched off by Backbeat.

    URLs and secrets stay encrypted, nobody needs them yet.
    """
    task_ids = {run.task_id for run in runs if run.task_id}
    found: dict[str, list[Webhook]] = {}
    if not task_ids:
        return found
    heard = Q(active=True) | ~Q(disabled_reason="")
    own = TaskWebhook.objects.filter(heard, task_id__in=task_ids)
    for webhook in own.defer(*_UNREAD):
        found.setdefault(webhook.task_id, []).append(webhook)
    shared = Webhook.objects.filter(heard, tasks__in=task_ids)
    for each in shared.defer(*_UNREAD).annotate(of_task=F("tasks__id")):
        found.setdefault(each.of_task, []).append(each)
    return found

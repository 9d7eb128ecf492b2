"""Gets claimed runs ready: the exact prompt onto the run, the agent's credentials into memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import OuterRef, Subquery

from notifications.encryption import DecryptionError
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.prompt import assemble, bind
from signals.sanitise import clean_text


def prepare(runs: Sequence[Run]) -> tuple[list[Run], list[tuple[Run, str]]]:
    """Assemble and keep the prompts of claimed runs.

    Returns the runs that are ready, and those that cannot run with the reason. A constant
    number of queries, however many runs.
    """
    if not runs:
        return [], []
    last = _last_outputs(run.task for run in runs if run.task)
    locked = _load_credentials(runs)
    ready, broken = [], []
    for run in runs:
        if run.task is None or run.agent is None:
            broken.append((run, "Its task or its agent was deleted."))
        elif run.agent_id in locked:
            broken.append((run, locked[run.agent_id]))
        else:
            try:
                _fill(run, run.task, run.agent, last.get(run.task.id, ""))
            except Exception as error:  # noqa: BLE001 -- whatever the row holds, the others must run
                broken.append((run, f"Its prompt cannot be made: {error}"))
            else:
                ready.append(run)
    held = Run.objects.filter(lease_token__in={run.lease_token for run in ready})
    held.bulk_update(ready, ["system_prompt", "input_message"])
    return ready, broken


def _fill(run: Run, task: ScheduledTask, agent: Agent, last_output: str) -> None:
    prompt = assemble(
        agent=agent.system_prompt,
        override=task.system_prompt_override,
        message=task.input_message,
        variables=bind(
            scheduled_for=run.scheduled_for or run.created_at,
            timezone=task.timezone,
            task_name=task.name,
            last_output=last_output,
            last_run_at=task.last_run_at,
        ),
    )
    run.system_prompt = clean_text(prompt.system)
    run.input_message = clean_text(prompt.message)


def _last_outputs(tasks: Iterable[ScheduledTask]) -> dict[str, str]:
    """The latest successful output of the tasks whose texts ask for it, by task id."""
    asking = {
        task.id
        for task in tasks
        if "last_output" in task.input_message + task.system_prompt_override
    }
    if not asking:
        return {}
    latest = (
        Run.objects.filter(task=OuterRef("id"), status=Run.Status.SUCCEEDED)
        .order_by("-created_at", "-id")
        .values("id")[:1]
    )
    ids = ScheduledTask.objects.filter(id__in=asking).values_list(Subquery(latest))
    return dict(
        Run.objects.filter(id__in=[each for (each,) in ids if each]).values_list(
            "task_id", "output"
        )
    )


def _load_credentials(runs: Iterable[Run]) -> dict[str, str]:
    """Put the decrypted credentials on the runs' agents. Returns errors by agent id.

    They are apart from the claim's own query because one wrong key must not fail the others.
    """
    by_agent: dict[str, list[Agent]] = {}
    for run in runs:
        if run.agent is not None:
            by_agent.setdefault(run.agent.id, []).append(run.agent)
    found, locked = _decrypted(list(by_agent))
    for agent_id, agents in by_agent.items():
        for agent in agents:
            agent.credentials = found.get(agent_id, {})
    return locked


def _decrypted(
    agent_ids: list[str],
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    rows: Any = Agent.objects.filter(id__in=agent_ids).values_list("id", "credentials")
    try:
        return dict(rows), {}
    except DecryptionError as error:
        if len(agent_ids) == 1:
            return {}, {agent_ids[0]: str(error)}
    found: dict[str, dict[str, str]] = {}
    locked: dict[str, str] = {}
    for agent_id in agent_ids:
        one, bad = _decrypted([agent_id])
        found |= one
        locked |= bad
    return found, locked

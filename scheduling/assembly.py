"""Gets claimed runs ready: the exact prompt onto the run, the agent's credentials into memory."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from notifications.encryption import DecryptionError
from scheduling import cycles
from scheduling.agents.base import Limits, ParentOutput
from scheduling.approvals import UNAPPROVED
from scheduling.continuity import Said, last_outputs, reported
from scheduling.conversations import histories
from scheduling.cycle_plan import parents_of
from scheduling.invocation import Loan
from scheduling.memories import recall
from scheduling.memory_text import about_memory, without_memory
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.prompt import LAST_OUTPUT_CHARS, assemble, bind
from scheduling.spending import limits_of
from signals.sanitise import cap_text, clean_text

Parents = Mapping[str, ParentOutput]
Status = Run.Status
_WHOSE: dict[str, str] = {
    ScheduledTask.MemoryScope.TASK: "this task",
    ScheduledTask.MemoryScope.AGENT: "the agent, which all its tasks share",
}
_KEPT = [
    "system_prompt", "input_message", "task_version", "agent_version", "cost_limit",
]  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """Claimed runs: those that are ready, those that cannot run with the reason, and what was
    read for each beside its prompt, by run id.
    """

    ready: list[Run] = field(default_factory=list)
    broken: list[tuple[Run, str]] = field(default_factory=list)
    loans: dict[uuid.UUID, Loan] = field(default_factory=dict)


def prepare(runs: Sequence[Run]) -> Prepared:
    """Assemble and keep the prompts of claimed runs, and the versions that they run.

    A constant number of queries, however many runs.
    """
    if not runs:
        return Prepared()
    tasks = [run.task for run in runs if run.task]
    last, said = last_outputs(tasks), reported(tasks)
    locked = _load_credentials(runs)
    done = Prepared()
    parents, memories, said_before = _parents(runs), recall(runs), histories(runs)
    limits = limits_of(runs, timezone.now())
    for run in runs:
        loan = Loan(
            parents=parents.get(run.id, {}),
            memory=memories.get(run.id),
            limits=limits.get(run.id, Limits()),
            history=said_before.get(run.id, ()),
        )
        done.loans[run.id] = loan
        if run.task is None or run.agent is None:
            done.broken.append((run, "Its task or its agent was deleted."))
        elif run.agent_id in locked:
            done.broken.append((run, locked[run.agent_id]))
        else:
            try:
                _fill(
                    run,
                    run.task,
                    run.agent,
                    last_output=last.get(run.task.id, ""),
                    said=said.get(run.task.id, ()),
                    loan=loan,
                )
            except Exception as error:  # noqa: BLE001 -- whatever the row holds, the others must run
                done.broken.append((run, f"Its prompt cannot be made: {error}"))
            else:
                done.ready.append(run)
    held = Run.objects.filter(lease_token__in={run.lease_token for run in done.ready})
    held.bulk_update(done.ready, _KEPT)
    return done


def _fill(
    run: Run,
    task: ScheduledTask,
    agent: Agent,
    *,
    last_output: str,
    said: Sequence[Said],
    loan: Loan,
) -> None:
    run.task_version, run.agent_version = task.version, agent.version
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
            already_reported=said,
            parents=loan.parents,
            event=run.event,
        ),
        memory=loan.memory,
        # Of a second try the memory of the first stands before it.
        reply=without_memory(run.input_message) if run.is_reply else None,
        about_memory=_about(loan.memory, task),
    )
    run.system_prompt = clean_text(prompt.system)
    run.input_message = clean_text(prompt.message)


def _about(memory: str | None, task: ScheduledTask) -> str:
    if memory is None:
        return ""
    return about_memory(
        memory,
        whose=_WHOSE[task.memory_scope],
        most=settings.SCHEDULING.memory_chars,
    )


def _parents(runs: Iterable[Run]) -> dict[uuid.UUID, Parents]:
    """What came of the tasks that each run came after: the last run of each in its cycle.

    Two queries for the runs that are in cycles, none without.
    """
    places = {
        run.id: (run.root_id, run.task_ref) for run in runs if run.root_id is not None
    }
    root_ids = {root_id for root_id, _ in places.values()}
    if not root_ids:
        return {}
    roots = Run.objects.filter(id__in=root_ids).only("id", "edges")
    order = {root.id: parents_of(cycles.edges_of(root)) for root in roots}
    wanted = {
        run_id: [
            (root_id, parent) for parent in order.get(root_id, {}).get(task_ref, {})
        ]
        for run_id, (root_id, task_ref) in places.items()
    }
    ended = _ended(root_ids, {parent for each in wanted.values() for _, parent in each})
    return {
        run_id: {place[1]: ended[place] for place in each if place in ended}
        for run_id, each in wanted.items()
    }


def _ended(
    root_ids: Collection[uuid.UUID], task_ids: Collection[str]
) -> dict[tuple[uuid.UUID, str], ParentOutput]:
    """What came of these tasks, by cycle and task; long outputs are cut as they come in."""
    rows = cycles.runs_of(root_ids).filter(
        task_ref__in=task_ids,
        status__in=(Status.SUCCEEDED, Status.FAILED, Status.CANCELLED),
    )
    columns = ("task_name", "status", "output", "error", "output_data", "approval")
    found = {}
    for run in rows.only("id", "root_id", "task_ref", *columns).iterator(chunk_size=25):
        found[run.root_id or run.id, run.task_ref] = _quoted(run)
    return found


def _quoted(run: Run) -> ParentOutput:
    if run.approval in UNAPPROVED:  # of one that is run again out of its turn
        return ParentOutput(task_name=run.task_name, status=run.approval, output="")
    return ParentOutput(
        task_name=run.task_name,
        status=run.status,
        output=cap_text(run.output or run.error, LAST_OUTPUT_CHARS)[0],
        data=run.output_data,
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

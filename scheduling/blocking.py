"""Agents that cannot run as they are set up: their tasks are blocked, with the reason.

A run or a check finds the fault; a check, or somebody who changes the agent, lifts the block.
A check that finds the agent well lifts it by itself only when a check has seen the fault too:
one that only runs can see would else come back with each slot. Whoever asks for the check
takes that upon themselves.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from scheduling.agents import left_to_tasks
from scheduling.agents.base import Finding
from scheduling.events import record
from scheduling.models import Agent, Event, Run, ScheduledTask
from scheduling.outcome import Outcome

logger = logging.getLogger(__name__)

_REASON_CHARS = 1_000
_FIELDS = Agent.ENGINE_FIELDS


def note_of(agent: Agent) -> str:
    """Why nothing of its tasks runs, for a row of the history."""
    return f"The agent “{agent.pk}” cannot run: {agent.blocked_reason}"


def reason_in(findings: Sequence[Finding]) -> str:
    """Return what keeps the agent from running until somebody mends it; empty: nothing does."""
    faults = [each.words for each in findings if not each.ok and not each.passing]
    return " ".join(faults)[:_REASON_CHARS]


def block(
    tries: Sequence[Run], outcomes: Mapping[uuid.UUID, Outcome], now: datetime
) -> None:
    """Block the agents that these tries found misconfigured. In the open transaction.

    Not when the task may be the fault, by options of its own or for the lack of one that is left
    to it: the agent has others.
    """
    faulty = {
        run.agent_id: run for run in tries if run.agent_id and outcomes[run.id].blocked
    }
    if not faulty:
        return
    task_ids = {run.task_id for run in faulty.values()}
    rows = ScheduledTask.objects.filter(id__in=task_ids)
    own = dict(rows.values_list("id", "agent_options"))
    # Never waited for: whoever holds the row is changing it, and this is about the agent before.
    agents = _locked(Agent.objects.filter(id__in=faulty, blocked_at=None))
    blocked: list[Agent] = []
    for agent in agents:
        run = faulty[agent.pk]
        is_changed = run.agent_version not in (None, agent.version)
        by_task = own.get(run.task_id or "") or left_to_tasks(
            agent.backend, agent.options
        )
        if is_changed or by_task:
            continue
        agent.blocked_reason = outcomes[run.id].blocked[:_REASON_CHARS]
        agent.blocked_at = now
        blocked.append(agent)
    Agent.objects.bulk_update(blocked, ["blocked_reason", "blocked_at"])
    record(_event(Event.Kind.BLOCKED, each, now, run=faulty[each.pk]) for each in blocked)  # fmt: skip


def settle(
    agent: Agent, findings: Sequence[Finding], now: datetime, *, asked: bool
) -> None:
    """Block `agent`, or lift its block, after a check found that; `agent` is brought up to date.

    `asked`: a person wants to know. Nothing changes when the agent was changed since.
    """
    reason = reason_in(findings)
    is_well = all(each.ok for each in findings)
    with transaction.atomic():
        rows = Agent.objects.filter(pk=agent.pk, version=agent.version)
        found = (
            rows.select_for_update(no_key=True).only("id", "version", *_FIELDS).first()
        )
        if found is None:
            return
        if reason:
            _keep_blocked(found, reason, now)
        elif found.blocked_at is None:
            found.checked_at = now
        elif is_well and (asked or _was_seen(found)):
            lift(found, now, note="A check has found it well.")
            found.checked_at = now
        found.save(update_fields=_FIELDS)
    for name in _FIELDS:
        setattr(agent, name, getattr(found, name))


def lift(agent: Agent, now: datetime, *, note: str) -> None:
    """Lift the block of a locked agent, in the open transaction; saves the event only."""
    if agent.blocked_at is None:
        return
    begun = Event.objects.filter(kind=Event.Kind.BLOCKED, at=agent.blocked_at)
    before = next((each for each in begun if each.data.get("agent") == agent.pk), None)
    event = _event(Event.Kind.UNBLOCKED, agent, now)
    event.note = f"The agent “{agent.pk}” can run again. {note}"
    if before is not None:
        event.task_id, event.task_ref = before.task_id, before.task_ref
        event.task_name = before.task_name
    record([event])
    agent.blocked_reason, agent.blocked_at = "", None


def _keep_blocked(agent: Agent, reason: str, now: datetime) -> None:
    is_new = agent.blocked_at is None
    agent.blocked_reason, agent.checked_at = reason, now
    if is_new:
        agent.blocked_at = now
        record([_event(Event.Kind.BLOCKED, agent, now)])


def _was_seen(agent: Agent) -> bool:
    """Whether a check has found the fault since it was blocked."""
    return bool(
        agent.blocked_at and agent.checked_at and agent.checked_at >= agent.blocked_at
    )


def _event(
    kind: Event.Kind, agent: Agent, now: datetime, *, run: Run | None = None
) -> Event:
    """About the task of `run`, or about no task when a check has found it."""
    logger.info("agent %s: %s (%s)", agent.pk, kind, agent.blocked_reason)
    return Event(
        kind=kind,
        task_id=run.task_id if run else None,
        task_ref=run.task_ref if run else "",
        task_name=run.task_name if run else "",
        run=run,
        at=now,
        note=note_of(agent),
        data={"agent": agent.pk},
    )


def _locked(agents: QuerySet[Agent]) -> QuerySet[Agent]:
    columns = agents.only("id", "version", "backend", "options", *_FIELDS).order_by(
        "id"
    )
    return columns.select_for_update(skip_locked=True, no_key=True)

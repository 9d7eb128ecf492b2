"""What a backend is given for one try of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scheduling.agents import merged_options
from scheduling.agents.base import (
    AgentContext,
    AgentError,
    AgentRequest,
    BudgetExceeded,
    Limits,
    ParentOutput,
    Recorder,
    Turn,
)
from scheduling.models import Run
from scheduling.toolbox import Toolbox, caller_of


@dataclass(frozen=True, kw_only=True)
class Loan:
    """What was read for a run when it was got ready, beside its prompt."""

    parents: Mapping[str, ParentOutput] = field(default_factory=dict)
    memory: str | None = None
    limits: Limits = field(default_factory=Limits)
    history: Sequence[Turn] = ()


def build_request(
    run: Run, loan: Loan, *, context: AgentContext, recorder: Recorder
) -> AgentRequest[Any]:
    """Return the request for a claimed run, its task and agent loaded with credentials.

    Raises `AgentError` when one of them was deleted, pydantic's `ValidationError` when the
    options do not fit the backend (any more).
    """
    agent, task = run.agent, run.task
    if agent is None or task is None:
        raise AgentError("Its task or its agent was deleted.")
    _require_rest(loan.limits)
    return AgentRequest(
        run_id=str(run.id),
        task_id=run.task_ref,
        task_name=run.task_name,
        user_id=run.user_id,
        attempt=run.attempt,
        scheduled_for=run.scheduled_for or run.created_at,
        system_prompt=run.system_prompt,
        input_message=run.input_message,
        options=merged_options(
            agent.backend,
            agent.options,
            task.agent_options,
            credentials=agent.credentials,
        ),
        credentials=agent.credentials,
        state=task.state,
        deadline_seconds=float(run.deadline_seconds),
        context=context,
        parents=loan.parents,
        session_id=str(run.session_id or ""),
        history=loan.history,
        memory=loan.memory,
        limits=loan.limits,
        tools=Toolbox(caller_of(run)),
        recorder=recorder,
    )


def _require_rest(limits: Limits) -> None:
    """Begin no try for which nothing is left, whatever the backend would make of it."""
    for words, rest in (("cost", limits.cost), ("tokens", limits.tokens)):
        if rest is not None and rest <= 0:
            raise BudgetExceeded(f"Nothing is left of what this run may use: {words}.")

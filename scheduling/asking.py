"""One agent asks another within a run (the `message` backend)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from django.utils import timezone
from pydantic import ValidationError

from notifications.encryption import DecryptionError
from notifications.models import ChatMessage, ChatSession
from scheduling.agents import UnknownBackend, backend_class, is_staff_only
from scheduling.agents.base import (
    AgentError,
    AgentRequest,
    BudgetExceeded,
    Limits,
    Misconfigured,
    Turn,
)
from scheduling.blotting import BlottedRecorder, blotted, secrets_in
from scheduling.budgets import Budgets
from scheduling.models import Agent

T = TypeVar("T", int, Decimal)

#: They ask others themselves; one that asked another, or itself, would never end.
_ASKING = frozenset({"message"})


def load_agent(agent_id: str) -> Agent:
    """Return an agent that may be asked, its credentials decrypted and its backend imported.

    Raises `Misconfigured`.
    """
    agent = Agent.objects.defer(None).filter(id=agent_id)
    try:
        found = agent.first()
    except DecryptionError as error:
        raise Misconfigured(f"agent {agent_id!r}: {error}") from None
    if found is None:
        raise Misconfigured(f"there is no agent {agent_id!r} to ask")
    if not found.active:
        raise Misconfigured(f"agent {agent_id!r} is switched off")
    if found.backend in _ASKING:
        raise Misconfigured(
            f"agent {agent_id!r} asks another agent itself: name that one instead"
        )
    if is_staff_only(found.backend):
        raise Misconfigured(
            f"agent {agent_id!r} is for staff only, as all with its backend: it cannot be asked"
        )
    try:
        backend_class(found.backend)
    except UnknownBackend as error:
        raise Misconfigured(f"agent {agent_id!r}: {error}") from None
    return found


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An agent that may be asked now."""

    agent: Agent
    #: What is left of its own budgets; None: it has none.
    left: Decimal | None


def agent_to_ask(agent_id: str) -> Asked:
    """Return what `load_agent` does, if it may run now. Raises `AgentError`."""
    agent = load_agent(agent_id)
    if agent.blocked_at is not None:
        raise AgentError(f"agent {agent_id!r} cannot run: {agent.blocked_reason}")
    budgets = Budgets([(None, agent)], timezone.now()).all()
    for budget in budgets:
        if budget.is_used_up:
            raise BudgetExceeded(str(budget.words))
    left = min((budget.left for budget in budgets), default=None)
    return Asked(agent=agent, left=left)


def request_for(
    asked: Asked, request: AgentRequest[Any], message: str, history: Sequence[Turn]
) -> AgentRequest[Any]:
    """Return `request` as who is asked gets it. Raises `Misconfigured` when its options do not fit."""
    agent = asked.agent
    try:
        options = backend_class(agent.backend).options_class.model_validate(
            agent.options
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "options"
        raise Misconfigured(f"agent {agent.id!r}: {where}: {first['msg']}") from None
    prompts = filter(None, (agent.system_prompt.strip(), request.system_prompt))
    return replace(
        request,
        system_prompt="\n\n".join(prompts),
        input_message=message,
        options=options,
        credentials=agent.credentials,
        state={},
        history=tuple(history),
        limits=_tighter(request.limits, asked),
        recorder=BlottedRecorder(request.recorder, secrets_in(agent.credentials)),
    )


def without_secrets(error: AgentError, agent: Agent) -> AgentError:
    """Return `error` without the credentials of the agent that was asked."""
    return type(error)(
        blotted(str(error), secrets_in(agent.credentials)),
        retryable=error.retryable,
        retry_after=error.retry_after,
        usage=error.usage,
    )


def session_turns(session_id: str, *, user_id: str, most: int) -> list[Turn] | None:
    """See `agents.base.AgentContext.session_turns`. Two queries."""
    try:
        wanted = uuid.UUID(session_id)
    except ValueError:
        return None
    if not ChatSession.objects.filter(id=wanted, user_id=user_id).exists():
        return None
    said = ChatMessage.objects.filter(
        session_id=wanted,
        role__in=(ChatMessage.Role.USER, ChatMessage.Role.ASSISTANT),
    )
    latest = said.order_by("-created_at", "-id").values_list("role", "content")[:most]
    return [Turn(role=role, content=text) for role, text in reversed(latest)]


def _tighter(limits: Limits, asked: Asked) -> Limits:
    """The limits of the run, those of each run of the agent, and what its budgets leave."""
    agent = asked.agent
    return Limits(
        cost=_least(limits.cost, agent.run_cost_limit, asked.left),
        tokens=_least(limits.tokens, agent.run_tokens_limit),
        tool_calls=_least(limits.tool_calls, agent.run_tool_calls_limit),
    )


def _least(*values: T | None) -> T | None:
    return min((each for each in values if each is not None), default=None)

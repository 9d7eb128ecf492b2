"""One agent asks another within a run (the `message` backend)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

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
from scheduling.blotting import blotted, secrets_in
from scheduling.budgets import Budgets
from scheduling.models import Agent

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
            f"agent {agent_id!r} reports on everybody's tasks: it cannot be asked"
        )
    try:
        backend_class(found.backend)
    except UnknownBackend as error:
        raise Misconfigured(f"agent {agent_id!r}: {error}") from None
    return found


def agent_to_ask(agent_id: str) -> Agent:
    """Return what `load_agent` does, if it may run now. Raises `AgentError`."""
    agent = load_agent(agent_id)
    if agent.blocked_at is not None:
        raise AgentError(f"agent {agent_id!r} cannot run: {agent.blocked_reason}")
    for budget in Budgets([(None, agent)], timezone.now()).all():
        if budget.is_used_up:
            raise BudgetExceeded(str(budget.words))
    return agent


def request_for(
    agent: Agent, request: AgentRequest[Any], message: str, history: Sequence[Turn]
) -> AgentRequest[Any]:
    """Return `request` as `agent` gets it. Raises `Misconfigured` when its options do not fit."""
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
        limits=_tighter(request.limits, agent),
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


def _tighter(limits: Limits, agent: Agent) -> Limits:
    """The limits of the run, and those that the agent has for each of its runs."""

    def least(*values: Decimal | int | None) -> Any:
        return min((each for each in values if each is not None), default=None)

    return Limits(
        **{
            name: least(getattr(limits, name), getattr(agent, column))
            for name, column in agent.OF_A_RUN.items()
        }
    )

"""Has another agent answer within a chat session (CONTRACTS A3, send_message).

The question and the answer join the session in the finishing transaction (`notifications`
reads `session_id` in the metadata), so that a run which is tried again says nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    Finding,
    Misconfigured,
    Options,
    Turn,
)
from scheduling.agents.web import checked
from scheduling.memory_text import without_memory

#: Most characters of history, the latest first; a turn that goes beyond is left out with those
#: before it.
HISTORY_CHARS = 50_000


class MessageOptions(Options):
    """Who answers, and where."""

    agent_id: str = Field(
        title=_("Agent"),
        default="",
        max_length=100,
        description=_("The id of the agent that answers. Empty: each task names one."),
    )
    session_id: str = Field(
        title=_("Chat session"),
        default="",
        max_length=36,
        description=_(
            "One of the task's target user. Empty: one that the first run opens, and the"
            " later ones go on with."
        ),
    )
    history_turns: int = Field(
        title=_("Turns of history"),
        default=20,
        ge=0,
        le=200,
        description=_("How many of the latest messages the agent is shown."),
    )


class MessageBackend(AgentBackend[MessageOptions]):
    """Its `state` holds the session that it opened (`session_id`, `user_id`)."""

    label = "Message in a chat session"
    options_class = MessageOptions
    task_options = frozenset({"agent_id", "session_id", "history_turns"})
    task_option_needed = "agent_id"

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """See `AgentBackend.converses`."""
        return True

    async def invoke(self, request: AgentRequest[MessageOptions]) -> AgentResult:
        """Ask, with what was said before. Raises `AgentError`."""
        options, context, user_id = request.options, request.context, request.user_id
        if not options.agent_id:
            raise Misconfigured(
                "message has no agent_id: neither the agent's options name one, nor the task's"
            )
        if not user_id:
            raise AgentError(
                "the task has no target user, and a chat session belongs to one: name them"
                " in target_user_id"
            )
        session_id = request.session_id or options.session_id or _own_session(request)
        turns: Sequence[Turn] | None = request.history
        if not request.session_id:
            turns = await context.session_turns(
                session_id, user_id=user_id, most=options.history_turns
            )
        if turns is None and options.session_id:
            raise AgentError(
                f"the target user {user_id!r} has no chat session {session_id!r}"
            )
        result = await context.ask_agent(
            options.agent_id,
            request,
            message=request.input_message,
            history=_latest(turns or []),
        )
        return replace(
            result,
            data={
                "session_id": session_id,
                "message": without_memory(request.input_message),
                "response": result.output,
            },
            metadata={**result.metadata, "session_id": session_id},
            state={"session_id": session_id, "user_id": user_id},
        )

    async def preflight(
        self,
        options: MessageOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """See `AgentBackend.preflight`."""
        if not options.agent_id:
            return [Finding(name="agent", ok=True, words="Each task names its own.")]
        well = f"Agent {options.agent_id!r} can be asked."
        asked = options.agent_id
        return [await checked("agent", lambda: context.check_agent(asked), well)]


def _own_session(request: AgentRequest[MessageOptions]) -> str:
    """The session that an earlier run of the task opened for its user, else a new one's id."""
    known = request.state.get("session_id")
    if isinstance(known, str) and request.state.get("user_id") == request.user_id:
        return known
    # The same with each try of the run.
    return str(uuid.uuid5(uuid.NAMESPACE_OID, request.run_id))


def _latest(turns: Sequence[Turn]) -> list[Turn]:
    """As many of the latest turns as fit."""
    kept: list[Turn] = []
    room = HISTORY_CHARS
    for turn in reversed(turns):
        room -= len(turn.content)
        if room < 0:
            break
        kept.append(turn)
    return kept[::-1]

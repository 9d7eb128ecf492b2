"""What was said before, as pydantic-ai takes it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    UserPromptPart,
)

from scheduling.agents.base import Turn


def as_messages(turns: Iterable[Turn]) -> list[ModelMessage]:
    """Return the turns of a conversation, oldest first, without those that say nothing."""
    return [_as_message(turn) for turn in turns if turn.content.strip()]


def _as_message(turn: Turn) -> ModelMessage:
    if turn.role == "assistant":
        return ModelResponse(parts=[TextPart(turn.content)])
    return ModelRequest(parts=[UserPromptPart(turn.content)])

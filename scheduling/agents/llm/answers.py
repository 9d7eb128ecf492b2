"""The shape of an answer: text, or an object that fits the agent's schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from anyio import to_thread
from pydantic_ai import Agent, RunContext, StructuredDict
from pydantic_ai.exceptions import ModelRetry, UserError

from scheduling.agents.base import Misconfigured
from scheduling.agents.llm.options import LlmOptions
from scheduling.agents.llm.schemas import misfit
from scheduling.agents.llm.watching import Watch

#: Where an object that answers holds what people are to read.
_TEXT_FIELDS = ("content", "text")


def build_agent(options: LlmOptions) -> Agent[Watch, Any]:
    """Return what answers in the shape that the options ask for.

    It belongs to no run: model, instructions, tools and limits come with each.
    Raises `Misconfigured` when no model can be told to fit the schema.
    """
    schema = options.output_schema
    # An empty text is told, not paid for twice: the task's own retries decide.
    retries = 0 if schema is None else options.output_retries
    if schema is None:
        return Agent(retries={"output": retries}, deps_type=Watch)
    try:
        shape = StructuredDict(dict(schema), name=_name(schema))
    except UserError as error:
        raise Misconfigured(f"output_schema: {error}") from error
    agent: Agent[Watch, Any] = Agent(
        output_type=shape, retries={"output": retries}, deps_type=Watch
    )

    @agent.output_validator
    async def check(ctx: RunContext[Watch], answer: Any) -> Any:
        # A large answer takes longer than the loop that all runs share can wait.
        if words := await to_thread.run_sync(misfit, schema, answer):
            ctx.deps.misfit = words
            raise ModelRetry(f"The answer does not fit the schema. {words}")
        return answer

    return agent


def text_of(answer: Mapping[str, Any]) -> str:
    """Return what people read of an object: its text field, or else all of it."""
    for name in _TEXT_FIELDS:
        if isinstance(text := answer.get(name), str) and text.strip():
            return text
    return json.dumps(answer, ensure_ascii=False, indent=2)


def _name(schema: Mapping[str, Any]) -> str | None:
    """The schema's title where providers take it as a name."""
    title = schema.get("title")
    if isinstance(title, str) and title.isidentifier() and title.isascii():
        return title[:60]
    return "answer"

"""Models and tools that keep a step of each call, obey the run's limits, and deny what is denied."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic_ai import ModelRequest, ModelResponse, RunContext
from pydantic_ai.exceptions import ModelRetry, ToolFailed
from pydantic_ai.messages import ModelMessage, TextPart, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import ToolsetTool, WrapperToolset

from scheduling.agents.base import Recorder, Usage
from scheduling.agents.llm.meter import Meter
from scheduling.agents.llm.options import LlmOptions

#: Of what a step was given and of its result.
_STEP_CHARS = 2000


@dataclass(kw_only=True)
class Watch:
    """Of one try of a run."""

    options: LlmOptions
    meter: Meter
    recorder: Recorder
    #: Tools that are there, but which this agent may not call: none of them is offered.
    denied: set[str] = field(default_factory=set)
    #: Where and why the last answer did not fit the schema.
    misfit: str = ""

    def may_call(self, tool: ToolDefinition) -> bool:
        """Whether it changes nothing, or the agent may change things with it."""
        if self.options.changing_tools == "allow" or not changes_world(tool):
            return True
        return (
            self.options.changing_tools == "listed"
            and tool.name in self.options.allowed_tools
        )


def changes_world(tool: ToolDefinition) -> bool:
    """Whether it may change something: all do that do not say of themselves that they only read."""
    annotations = (tool.metadata or {}).get("annotations") or {}
    return annotations.get("readOnlyHint") is not True


class WatchedModel(WrapperModel):
    """A model whose requests are steps. `in_words` says what an error of it means to people."""

    def __init__(
        self, wrapped: Model, watch: Watch, in_words: Callable[[Exception], str]
    ) -> None:
        super().__init__(wrapped)
        self._watch = watch
        self._in_words = in_words

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """See `Model.request`. Raises `BudgetExceeded` before and after it."""
        watch = self._watch
        watch.meter.before_request()
        step = watch.recorder.begin("model", self.model_name, _given(messages))
        try:
            response = await self.wrapped.request(
                messages, model_settings, self._offered(model_request_parameters)
            )
        except asyncio.CancelledError:
            step.fail("stopped before it had answered")
            raise
        except Exception as error:
            step.fail(self._in_words(error))
            raise
        usage = usage_of(response)
        step.end(_said(response), usage=usage)
        watch.meter.add(usage)
        return response

    def _offered(self, parameters: ModelRequestParameters) -> ModelRequestParameters:
        if not self._watch.denied:
            return parameters
        offered = [
            tool
            for tool in parameters.function_tools
            if tool.name not in self._watch.denied
        ]
        return replace(parameters, function_tools=offered)


@dataclass
class WatchedTools(WrapperToolset[Any]):
    """Tools whose calls are steps. One that is denied is refused, should it be called all the same."""

    watch: Watch

    async def get_tools(self, ctx: RunContext[Any]) -> dict[str, ToolsetTool[Any]]:
        """See `AbstractToolset.get_tools`."""
        tools = await self.wrapped.get_tools(ctx)
        self.watch.denied.update(
            name
            for name, tool in tools.items()
            if not self.watch.may_call(tool.tool_def)
        )
        return tools

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[Any],
        tool: ToolsetTool[Any],
    ) -> Any:
        """See `AbstractToolset.call_tool`. Raises `BudgetExceeded` before it."""
        self.watch.meter.before_tool_call()
        step = self.watch.recorder.begin("tool", name, as_text(tool_args))
        if name in self.watch.denied:
            words = f"{name} changes things, which nobody has allowed this agent to do"
            step.fail(words)
            raise ToolFailed(words)
        try:
            result = await self.wrapped.call_tool(name, tool_args, ctx, tool)
        except asyncio.CancelledError:
            step.fail("stopped before it had ended")
            raise
        except (ToolFailed, ModelRetry) as error:
            step.fail(error.message[:_STEP_CHARS])
            raise
        except Exception as error:
            step.fail(f"{type(error).__name__}: {error}"[:_STEP_CHARS])
            raise
        step.end(as_text(result))
        return result


def usage_of(response: ModelResponse) -> Usage:
    """Return what one answer took; priced where its price is known."""
    return Usage(
        requests=1,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cost=_cost(response),
        model=response.model_name or "",
    )


def _cost(response: ModelResponse) -> Decimal | None:
    if response.usage.cost is None:
        try:
            response.usage.cost = response.cost().total_price
        except (LookupError, ValueError, AssertionError):
            return None  # unknown, or the server counts no tokens
    return response.usage.cost


def as_text(value: object) -> str:
    """Return the beginning of `value` as text, or else as JSON."""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return value[:_STEP_CHARS]


def _given(messages: Sequence[ModelMessage]) -> str:
    last = messages[-1] if messages else None
    if not isinstance(last, ModelRequest):
        return ""
    said = (getattr(part, "content", None) for part in last.parts)
    return "\n".join(as_text(each) for each in said if each)[:_STEP_CHARS]


def _said(response: ModelResponse) -> str:
    lines = []
    for part in response.parts:
        if isinstance(part, TextPart) and part.content:
            lines.append(part.content[:_STEP_CHARS])
        elif isinstance(part, ToolCallPart):
            lines.append(f"{part.tool_name} {as_text(part.args or {})}")
    return "\n".join(lines)[:_STEP_CHARS]

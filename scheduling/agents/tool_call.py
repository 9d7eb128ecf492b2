"""Calls one of Backbeat's own tools, without a model (CONTRACTS A3, call_tool)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    BudgetExceeded,
    Finding,
    Misconfigured,
    Options,
    ToolError,
    Usage,
)
from scheduling.agents.web import checked


class ToolCallOptions(Options):
    """Which tool, and with what."""

    tool_name: str = Field(
        title=_("Tool"),
        default="",
        max_length=100,
        description=_("What is called. Empty: each task names its own."),
    )
    params: dict[str, Any] = Field(
        title=_("Parameters"),
        default_factory=dict,
        description=_("What the tool is given."),
    )


class ToolCallBackend(AgentBackend[ToolCallOptions]):
    """The tool acts in the name of the task: what is switched off there is refused here too."""

    label = "Tool call"
    options_class = ToolCallOptions
    task_options = frozenset({"tool_name", "params"})
    task_option_needed = "tool_name"

    async def invoke(self, request: AgentRequest[ToolCallOptions]) -> AgentResult:
        """Call it. Raises `AgentError` with the tool's own words when it refuses."""
        name, params = request.options.tool_name, request.options.params
        if not name:
            raise Misconfigured(
                "tool_call has no tool_name: neither the agent's options name one, nor the task's"
            )
        request.context.check_tool(name)
        most = request.limits.tool_calls
        if most is not None and most < 1:
            raise BudgetExceeded("the run may call no tool any more")
        step = request.recorder.begin("tool", name, _text(params))
        try:
            result = await request.tools.call(name, params)
        except ToolError as error:
            step.fail(str(error))
            raise AgentError(str(error), usage=Usage(tool_calls=1)) from error
        except BaseException as error:
            step.fail(str(error) or type(error).__name__)
            raise
        step.end(_text(result))
        return AgentResult(
            output=_text(result),
            output_type="text" if isinstance(result, str) else "json",
            data={"tool_name": name, "params": params, "result": result},
            usage=Usage(tool_calls=1),
        )

    async def preflight(
        self,
        options: ToolCallOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """See `AgentBackend.preflight`."""
        name = options.tool_name
        if not name:
            return [Finding(name="tools", ok=True, words="Each task names its own.")]
        well = f"There is a tool {name!r}."
        return [await checked("tools", lambda: context.check_tool(name), well)]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)

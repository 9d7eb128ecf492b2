"""Backbeat's own tools, as pydantic-ai takes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from anyio import to_thread
from pydantic_ai import RunContext
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_core import SchemaValidator, core_schema

from scheduling.agents.base import ToolError, Tools, ToolSpec

#: Whether they fit is for the tool to say, in words that the model can use.
_ANY_OBJECT = SchemaValidator(
    core_schema.dict_schema(
        keys_schema=core_schema.str_schema(), values_schema=core_schema.any_schema()
    )
)
#: Rounds in which a model calls a tool wrongly; `request_limit` ends that before.
MOST_RETRIES = 1000


class OwnTools(AbstractToolset[Any]):
    """Those of `tools` that are called `names`. One that is not there for this run is left out."""

    def __init__(self, tools: Tools, names: Collection[str]) -> None:
        self._tools = tools
        self._names = frozenset(names)
        self._specs: list[ToolSpec] | None = None

    @property
    def id(self) -> str:
        """See `AbstractToolset.id`."""
        return "backbeat"

    async def get_tools(self, ctx: RunContext[Any]) -> dict[str, ToolsetTool[Any]]:
        """See `AbstractToolset.get_tools`. The first time it may import for a while."""
        if self._specs is None:
            specs = await to_thread.run_sync(self._tools.specs)
            self._specs = [each for each in specs if each.name in self._names]
        return {
            spec.name: ToolsetTool(
                toolset=self,
                tool_def=_definition(spec),
                max_retries=MOST_RETRIES,
                args_validator=_ANY_OBJECT,
            )
            for spec in self._specs
        }

    async def call_tool(
        self,
        name: str,
        tool_args: dict[str, Any],
        ctx: RunContext[Any],
        tool: ToolsetTool[Any],
    ) -> Any:
        """See `AbstractToolset.call_tool`. What a tool refuses is told to the model."""
        try:
            return await self._tools.call(name, tool_args)
        except ToolError as error:
            raise ToolFailed(str(error)) from error


def _definition(spec: ToolSpec) -> ToolDefinition:
    return ToolDefinition(
        name=spec.name,
        description=spec.description,
        parameters_json_schema=dict(spec.parameters),
        metadata={"annotations": {"readOnlyHint": not spec.changes_world}},
    )

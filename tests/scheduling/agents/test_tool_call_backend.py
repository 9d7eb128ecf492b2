from __future__ import annotations

from typing import Any

import pytest

from scheduling.agents.base import (
    AgentError,
    BudgetExceeded,
    Limits,
    Misconfigured,
    ToolError,
)
from scheduling.agents.tool_call import ToolCallBackend, ToolCallOptions

pytestmark = pytest.mark.anyio


class Adder:
    """A tool that adds, and refuses to add one."""

    def specs(self):
        return ()

    async def call(self, name: str, arguments: Any) -> Any:
        if arguments["a"] == 1:
            raise ToolError("not one")
        return {"sum": arguments["a"] + arguments["b"]}


class Steps:
    def __init__(self) -> None:
        self.seen: list[str] = []

    def begin(self, kind: str, name: str, text: str = "") -> Steps:
        self.seen.append(f"{kind} {name}")
        return self

    def end(self, result: str = "", *, usage: Any = None) -> None:
        self.seen.append("ended")

    def fail(self, error: str, *, usage: Any = None) -> None:
        self.seen.append(f"failed: {error}")


@pytest.fixture
def call(make_request, context):
    context.tools = ("add",)

    async def call(name: str = "add", *, changes=None, **params):
        options = ToolCallOptions(tool_name=name, params=params)
        request = make_request(options, tools=Adder(), **(changes or {}))
        return await ToolCallBackend().invoke(request)

    return call


async def test_name_parameters_and_result_are_the_output(call):
    result = await call(a=2, b=3)
    assert result.data == {
        "tool_name": "add",
        "params": {"a": 2, "b": 3},
        "result": {"sum": 5},
    }
    assert result.output_type == "json"
    assert result.usage.tool_calls == 1


async def test_a_call_is_a_step(call):
    steps = Steps()
    await call(a=2, b=3, changes={"recorder": steps})
    assert steps.seen == ["tool add", "ended"]


async def test_what_the_tool_refuses_fails_the_run_with_its_words(call):
    steps = Steps()
    with pytest.raises(AgentError, match=r"^not one$") as caught:
        await call(a=1, b=3, changes={"recorder": steps})
    assert not isinstance(caught.value, Misconfigured)
    assert steps.seen[-1] == "failed: not one"


@pytest.mark.parametrize("name", ["", "subtract"])
async def test_without_such_a_tool_it_cannot_run(call, name):
    with pytest.raises(Misconfigured):
        await call(name, a=2, b=3)


async def test_where_no_tool_call_is_left_none_is_made(call):
    with pytest.raises(BudgetExceeded):
        await call(a=2, b=3, changes={"limits": Limits(tool_calls=0)})


async def test_an_unknown_tool_is_found_before(context):
    options = ToolCallOptions(tool_name="subtract")
    (found,) = await ToolCallBackend().preflight(options, {}, context)
    assert found.words == "there is no tool 'subtract'."

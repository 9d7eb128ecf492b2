"""Backbeat's own tools in the hands of a model, at every provider's interface."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from scheduling.agents.base import Turn
from scheduling.agents.llm import LlmOptions
from scheduling.agents.llm.options import ToolName
from scheduling.toolbox import TOOLS
from tests.scheduling.agents.llm_asking import (
    SURFACES,
    KeepingRecorder,
    SomeTools,
    asker,
)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.node,
    # The model server says of Gemini what Gemini itself does not.
    pytest.mark.filterwarnings("ignore:FUNCTION_CALL is not a valid FinishReason"),
]
every_surface = pytest.mark.parametrize("surface", SURFACES)


@pytest.fixture
def ask(model_server, make_request):
    return asker(model_server, make_request)


def test_the_tools_that_can_be_chosen_are_those_that_there_are():
    assert list(get_args(ToolName)) == list(TOOLS)


@every_surface
async def test_a_tool_is_called_and_its_result_is_told(ask, model_server, surface):
    tools, recorder = SomeTools(), KeepingRecorder()
    result = await ask(
        surface,
        "look it up",
        tools=["get_run"],
        request={"tools": tools, "recorder": recorder},
    )
    assert result.output == "It succeeded."
    assert tools.called == [("get_run", {"run_id": "17"})]
    assert (result.usage.requests, result.usage.tool_calls) == (2, 1)
    told = model_server.journal()[-1]["body"]["messages"]
    assert "succeeded" in str([part for part in told if part["role"] == "tool"])
    steps = [(step.kind, step.name) for step in recorder.steps]
    model = SURFACES[surface][2]
    assert steps == [("model", model), ("tool", "get_run"), ("model", model)]
    assert '"run_id": "17"' in recorder.steps[1].text
    assert "succeeded" in recorder.steps[1].result
    assert recorder.steps[2].result == "It succeeded."


async def test_the_steps_together_took_what_the_run_took(ask):
    recorder = KeepingRecorder()
    result = await ask("openai", "digest for openai", request={"recorder": recorder})
    (step,) = recorder.steps
    assert (step.usage.input_tokens, step.usage.output_tokens) == (1200, 300)
    assert step.usage.cost == result.usage.cost is not None


async def test_only_chosen_tools_are_offered(ask, model_server):
    await ask("openai", "cut off", tools=["get_run"], request={"tools": SomeTools()})
    (entry,) = model_server.journal()
    offered = [tool["function"]["name"] for tool in entry["body"]["tools"]]
    assert offered == ["get_run"]


async def test_a_tool_that_is_not_there_for_this_run_is_not_offered(ask, model_server):
    await ask("openai", "cut off", tools=["fetch_page"], request={"tools": SomeTools()})
    (entry,) = model_server.journal()
    assert not entry["body"].get("tools")


@every_surface
async def test_what_a_tool_refuses_is_told_to_the_model(ask, model_server, surface):
    tools, recorder = SomeTools(refusal="there is no run 17"), KeepingRecorder()
    result = await ask(
        surface,
        "look it up",
        tools=["get_run"],
        request={"tools": tools, "recorder": recorder},
    )
    assert result.output == "It succeeded."
    assert recorder.steps[1].error == "there is no run 17"
    assert "there is no run 17" in str(model_server.journal()[-1]["body"]["messages"])


@every_surface
async def test_a_tool_that_changes_things_is_neither_offered_nor_called(
    ask, model_server, surface
):
    tools, recorder = SomeTools(), KeepingRecorder()
    result = await ask(
        surface,
        "plan it",
        tools=["get_run", "cron_create"],
        request={"tools": tools, "recorder": recorder},
    )
    assert result.output == "I have tried."
    assert tools.called == []
    first, second = model_server.journal()
    offered = [tool["function"]["name"] for tool in first["body"]["tools"]]
    assert offered == ["get_run"]
    refused = recorder.steps[1]
    assert (refused.name, refused.error) == (
        "cron_create",
        "cron_create changes things, which nobody has allowed this agent to do",
    )
    assert "nobody has allowed" in str(second["body"]["messages"])


@pytest.mark.parametrize(
    "allowed",
    [
        {"changing_tools": "allow"},
        {"changing_tools": "listed", "allowed_tools": ["cron_create"]},
    ],
)
async def test_a_tool_that_changes_things_can_be_allowed(ask, allowed):
    tools = SomeTools()
    await ask(
        "openai", "plan it", tools=["cron_create"], request={"tools": tools}, **allowed
    )
    assert tools.called == [("cron_create", {"cron": "0 7 * * *"})]


async def test_what_is_not_listed_stays_denied(ask):
    tools = SomeTools()
    await ask(
        "openai",
        "plan it",
        tools=["cron_create"],
        changing_tools="listed",
        allowed_tools=["another"],
        request={"tools": tools},
    )
    assert tools.called == []


def test_a_tool_that_does_not_exist_cannot_be_chosen():
    with pytest.raises(ValidationError, match=r"tools\.0"):
        LlmOptions(provider="openai", model="m", tools=["launch_rocket"])


@every_surface
async def test_what_was_said_before_goes_along(ask, model_server, surface):
    history = [
        Turn(role="user", content="My name is Linh."),
        Turn(role="assistant", content="Hello Linh."),
        Turn(role="user", content="  "),
    ]
    await ask(surface, "cut off", request={"history": history})
    (entry,) = model_server.journal()
    said = [(part["role"], part["content"]) for part in entry["body"]["messages"]]
    assert said == [
        ("system", "Be brief."),
        ("user", "My name is Linh."),
        ("assistant", "Hello Linh."),
        ("user", "cut off"),
    ]

"""What a run may take at most, and what is kept when it would take more."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest

from scheduling.agents.base import BudgetExceeded, Limits
from tests.scheduling.agents.llm_asking import KeepingRecorder, SomeTools, asker

pytestmark = [pytest.mark.anyio, pytest.mark.node]


@pytest.fixture
def loop(model_server, make_request):
    """A model that calls a tool for ever; 20 500 tokens and a third of a cent each time."""
    ask = asker(model_server, make_request)

    async def loop(*, surface="openai", limits=None, recorder=None, **options):
        options.setdefault("request_limit", 1000)
        with anyio.fail_after(30):
            await ask(
                surface,
                "call it for ever",
                tools=["get_run"],
                request={
                    "tools": SomeTools(),
                    "limits": limits or Limits(),
                    "recorder": recorder or KeepingRecorder(),
                },
                **options,
            )

    return loop


@pytest.mark.parametrize(
    ("surface_options", "limits", "words", "requests"),
    [
        ({"request_limit": 3}, Limits(), "request_limit of 3", 3),
        ({"tool_calls_limit": 2}, Limits(), "tool_calls_limit of 2", 3),
        ({"total_tokens_limit": 50_000}, Limits(), "total_tokens_limit of 50000", 3),
        ({"cost_limit": 0.01}, Limits(), r"cost_limit of 0\.01", 4),
        ({}, Limits(tool_calls=2), "run's limit of tool calls of 2", 3),
        ({}, Limits(tokens=41_000), "run's limit of tokens of 41000", 2),
        ({}, Limits(cost=Decimal("0.01")), r"run's limit of cost of 0\.01", 4),
        ({"cost_limit": 1}, Limits(cost=Decimal("0.01")), "run's limit of cost", 4),
    ],
)
async def test_a_loop_of_tool_calls_ends_at_its_limit_with_what_was_spent(
    loop, surface_options, limits, words, requests
):
    recorder = KeepingRecorder()
    with pytest.raises(BudgetExceeded, match=words) as caught:
        await loop(limits=limits, recorder=recorder, **surface_options)
    usage = caught.value.usage
    assert usage is not None
    assert usage.requests == requests
    assert usage.input_tokens == requests * 20_000
    costs = [step.usage.cost or Decimal(0) for step in recorder.steps if step.usage]
    assert usage.cost == sum(costs, Decimal(0))
    assert not caught.value.retryable


async def test_a_limit_of_cost_stops_nothing_whose_price_is_unknown(loop):
    with pytest.raises(BudgetExceeded, match="request_limit of 6"):
        await loop(surface="openai_compatible", cost_limit=0.01, request_limit=6)


async def test_a_run_that_is_stopped_has_kept_what_it_spent(loop, model_server):
    recorder = KeepingRecorder()
    with anyio.move_on_after(20) as scope:
        async with anyio.create_task_group() as group:

            async def run() -> None:
                await loop(recorder=recorder)

            group.start_soon(run)
            while len(recorder.steps) < 4:
                await anyio.sleep(0.01)
            model_server.set_chaos(latencyMs=30_000)
            started = len(recorder.steps)
            while len(recorder.steps) == started:
                await anyio.sleep(0.01)
            group.cancel_scope.cancel()
    assert not scope.cancelled_caught
    spent = [step.usage for step in recorder.steps if step.usage is not None]
    assert len(spent) >= 2
    assert spent[0].input_tokens == 20_000
    open_ones = [step for step in recorder.steps if not (step.result or step.error)]
    assert open_ones == []

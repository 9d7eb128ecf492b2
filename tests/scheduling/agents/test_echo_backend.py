from __future__ import annotations

import time

import anyio
import pytest

from scheduling.agents.base import (
    AgentError,
    AgentTimeout,
    BudgetExceeded,
    InvalidOutput,
)
from scheduling.agents.echo import Crash, EchoBackend, EchoOptions

pytestmark = pytest.mark.anyio


async def test_it_says_what_it_was_told(make_request):
    result = await EchoBackend().invoke(make_request(EchoOptions()))
    assert result.output == "What is new?"
    assert result.usage.requests == 0


async def test_an_empty_reply_is_a_reply(make_request):
    result = await EchoBackend().invoke(make_request(EchoOptions(reply="")))
    assert result.output == ""


async def test_metadata_and_output_type_are_handed_on(make_request):
    options = EchoOptions(metadata={"room": "attic"}, output_type="markdown")
    result = await EchoBackend().invoke(make_request(options))
    assert result.metadata == {"room": "attic"}
    assert result.output_type == "markdown"


async def test_a_stamp_tells_when_it_began(make_request):
    before = time.time()
    options = EchoOptions(metadata={"room": "attic"}, stamp=True, delay_seconds=0.02)
    metadata = (await EchoBackend().invoke(make_request(options))).metadata
    assert before <= metadata["started"] < time.time() - 0.01
    assert metadata["room"] == "attic"


@pytest.mark.parametrize(
    ("fail", "kind", "reason", "retryable"),
    [
        ("error", AgentError, "error", False),
        ("retryable", AgentError, "error", True),
        ("timeout", AgentTimeout, "timeout", False),
        ("invalid_output", InvalidOutput, "invalid_output", False),
        ("budget", BudgetExceeded, "budget", False),
    ],
)
async def test_it_fails_as_it_is_told(make_request, fail, kind, reason, retryable):
    with pytest.raises(kind) as caught:
        await EchoBackend().invoke(make_request(EchoOptions(fail=fail)))
    assert caught.value.failure_reason == reason
    assert caught.value.retryable is retryable


async def test_a_retryable_failure_asks_for_its_wait(make_request):
    options = EchoOptions(fail="retryable", retry_after_seconds=7)
    with pytest.raises(AgentError) as caught:
        await EchoBackend().invoke(make_request(options))
    assert caught.value.retry_after == 7


async def test_a_crash_is_no_agent_error(make_request):
    with pytest.raises(Crash):
        await EchoBackend().invoke(make_request(EchoOptions(fail="crash")))


async def test_it_recovers_after_fail_times(make_request):
    options = EchoOptions(fail="error", fail_times=2)
    with pytest.raises(AgentError):
        await EchoBackend().invoke(make_request(options, attempt=2))
    result = await EchoBackend().invoke(make_request(options, attempt=3))
    assert result.output == "What is new?"


async def test_a_hanging_echo_can_be_cancelled(make_request):
    with anyio.move_on_after(0.01) as scope:
        await EchoBackend().invoke(make_request(EchoOptions(fail="hang")))
    assert scope.cancelled_caught


async def test_one_that_swallows_cancellation_answers_all_the_same(make_request):
    options = EchoOptions(fail="hang_swallow", delay_seconds=0.1)
    began = anyio.current_time()
    result = None
    with anyio.move_on_after(0.01):
        result = await EchoBackend().invoke(make_request(options))
    assert result is not None
    assert anyio.current_time() - began >= 0.1


async def test_a_blocking_echo_holds_up_the_loop(make_request):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await anyio.sleep(0.005)
            ticks += 1

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        await anyio.sleep(0)
        await EchoBackend().invoke(
            make_request(EchoOptions(delay_seconds=0.1, block=True))
        )
        group.cancel_scope.cancel()
    assert ticks == 0

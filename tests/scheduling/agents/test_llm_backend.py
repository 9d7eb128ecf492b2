"""The language model backend against a model server that nobody here wrote."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal

import anyio
import pytest

from scheduling.agents.base import (
    AgentError,
    AgentTimeout,
    BudgetExceeded,
    InvalidOutput,
)
from scheduling.agents.llm import LlmBackend, LlmOptions
from scheduling.agents.llm.options import Provider

pytestmark = [pytest.mark.anyio, pytest.mark.node]

KEY = "key-of-the-agent"
#: provider -> (model, path of the call)
SURFACES = {
    "openai": ("gpt-4o-mini", "/v1/chat/completions"),
    "anthropic": ("claude-sonnet-5-5", "/v1/messages"),
    "google": ("gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent"),
    "openai_compatible": ("llama3.2", "/v1/chat/completions"),
}
every_provider = pytest.mark.parametrize("provider", SURFACES)


@asynccontextmanager
async def open_backend():
    backend = LlmBackend()
    try:
        yield backend
    finally:
        await backend.close()


@pytest.fixture
def ask(model_server, make_request):
    """Ask the model server as `provider`; returns the result or raises."""

    async def ask(provider: Provider, message: str, *, request=None, **options):
        model, path = SURFACES[provider]
        with_version = path.startswith("/v1/chat")
        options.setdefault(
            "base_url", model_server.openai_url if with_version else model_server.url
        )
        request = make_request(
            LlmOptions(provider=provider, model=model, **options),
            input_message=message,
            credentials={"api_key": KEY},
            **(request or {}),
        )
        async with open_backend() as backend:
            return await backend.invoke(request)

    return ask


@pytest.mark.parametrize(
    ("provider", "cost"),
    [("openai", "0.00036"), ("anthropic", None), ("google", None)],
)
async def test_an_answer_comes_with_usage_and_cost(ask, provider, cost):
    result = await ask(provider, f"digest for {provider}")
    assert result.output == "# Digest\n\nNothing happened."
    assert result.output_type == "markdown"
    usage = result.usage
    assert (usage.requests, usage.input_tokens, usage.output_tokens) == (1, 1200, 300)
    assert usage.model == SURFACES[provider][0]
    assert usage.cost is not None
    assert usage.cost > 0
    if cost:  # a price that has not changed since the model came out
        assert usage.cost == Decimal(cost)


async def test_a_server_of_ones_own_has_no_price(ask):
    result = await ask("openai_compatible", "digest for openai")
    assert result.usage.input_tokens == 1200
    assert result.usage.cost is None


@every_provider
async def test_the_providers_own_call_is_made(ask, model_server, provider):
    await ask(provider, "cut off")
    (entry,) = model_server.journal()
    assert entry["path"].partition("?")[0] == SURFACES[provider][1]


@every_provider
async def test_system_prompt_and_input_reach_the_model(ask, model_server, provider):
    await ask(provider, "cut off")
    (entry,) = model_server.journal()
    # The model server shows every provider's call in the shape of Chat Completions.
    said = [(part["role"], part["content"]) for part in entry["body"]["messages"]]
    assert said == [("system", "Be brief."), ("user", "cut off")]


async def test_without_a_system_prompt_none_is_sent(ask, model_server):
    await ask("openai", "cut off", request={"system_prompt": ""})
    (entry,) = model_server.journal()
    assert [part["role"] for part in entry["body"]["messages"]] == ["user"]


async def test_temperature_and_length_are_handed_on(ask, model_server):
    await ask("openai", "cut off", temperature=0.25, max_output_tokens=99)
    (entry,) = model_server.journal()
    assert entry["body"]["temperature"] == 0.25
    assert entry["body"]["max_completion_tokens"] == 99


async def test_a_compatible_server_gets_the_older_name_of_the_limit(ask, model_server):
    await ask("openai_compatible", "cut off", max_output_tokens=99)
    (entry,) = model_server.journal()
    assert entry["body"]["max_tokens"] == 99


@every_provider
async def test_an_answer_that_was_cut_off_says_so(ask, provider):
    result = await ask(provider, "cut off")
    assert result.output == "It begins"
    assert result.metadata["truncated"] is True


@every_provider
async def test_an_empty_answer_is_invalid_and_asked_for_once(
    ask, model_server, provider
):
    with pytest.raises(InvalidOutput, match="the answer is empty") as caught:
        await ask(provider, "say nothing")
    assert caught.value.usage is not None
    assert caught.value.usage.requests == 1
    assert len(model_server.journal()) == 1


@every_provider
async def test_a_rate_limit_can_be_retried_when_the_provider_says(
    ask, model_server, provider
):
    with pytest.raises(AgentError, match=r"status 429: Slow down, please\.") as caught:
        await ask(provider, "too many")
    assert caught.value.retryable
    assert caught.value.retry_after == 17
    # The runner retries, by columns: the client does not.
    assert len(model_server.journal()) == 1


@every_provider
@pytest.mark.parametrize(("message", "status"), [("broken", 500), ("overloaded", 529)])
async def test_a_server_error_can_be_retried(
    ask, model_server, provider, message, status
):
    with pytest.raises(AgentError, match=f"status {status}") as caught:
        await ask(provider, message)
    assert caught.value.retryable
    assert len(model_server.journal()) == 1


@every_provider
async def test_a_wrong_key_is_final_and_not_shown(ask, provider):
    with pytest.raises(AgentError) as caught:
        await ask(provider, "wrong key")
    assert not caught.value.retryable
    assert str(caught.value) == (
        f"{provider} model {SURFACES[provider][0]!r} answered with status 401:"
        " Incorrect API key provided: ***."
    )


@every_provider
async def test_an_unknown_model_is_final(ask, provider):
    with pytest.raises(AgentError, match="status 404: The model does not exist") as e:
        await ask(provider, "no such model")
    assert not e.value.retryable


async def test_a_quota_used_up_is_not_retried(ask):
    with pytest.raises(AgentError, match="quota") as caught:
        await ask("openai", "no money")
    assert not caught.value.retryable
    assert caught.value.retry_after is None


@every_provider
async def test_a_connection_that_breaks_can_be_retried(ask, model_server, provider):
    model_server.set_chaos(disconnectRate=1)
    with pytest.raises(AgentError, match="could not be reached") as caught:
        await ask(provider, "cut off")
    assert caught.value.retryable


@every_provider
async def test_a_garbled_answer_is_invalid_output(ask, model_server, provider):
    model_server.set_chaos(malformedRate=1)
    with pytest.raises(InvalidOutput):
        await ask(provider, "cut off")


async def test_its_own_time_limit_is_a_timeout(ask, model_server):
    model_server.set_chaos(latencyMs=20_000)
    with pytest.raises(AgentTimeout, match=r"timeout_seconds \(0.2\)") as caught:
        await ask("openai", "cut off", timeout_seconds=0.2)
    assert caught.value.retryable


async def test_too_many_tokens_are_a_budget_error_with_what_was_spent(ask):
    with pytest.raises(BudgetExceeded, match="total_tokens_limit of 100") as caught:
        await ask("openai", "digest for openai", total_tokens_limit=100)
    assert caught.value.failure_reason == "budget"
    assert caught.value.usage is not None
    assert caught.value.usage.input_tokens == 1200
    assert "http" not in str(caught.value)


async def test_many_runs_share_the_connections(model_server, make_request):
    outputs = []
    options = LlmOptions(
        provider="openai", model="gpt-4o-mini", base_url=model_server.openai_url
    )

    async with open_backend() as backend:

        async def one(key: str) -> None:
            request = make_request(
                options, input_message="cut off", credentials={"api_key": key}
            )
            outputs.append((await backend.invoke(request)).output)

        async with anyio.create_task_group() as group:
            for number in range(40):
                group.start_soon(one, f"key-{number % 3}")
    assert outputs == ["It begins"] * 40


async def test_a_closed_backend_starts_again(model_server, make_request):
    options = LlmOptions(
        provider="openai", model="gpt-4o-mini", base_url=model_server.openai_url
    )
    request = make_request(
        options, input_message="cut off", credentials={"api_key": KEY}
    )
    async with open_backend() as backend:
        await backend.invoke(request)
        await backend.close()
        assert (await backend.invoke(request)).output == "It begins"

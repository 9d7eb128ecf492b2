"""Models that stand in for one that is away, and the keys that they get."""

from __future__ import annotations

import pytest

from scheduling.agents.base import AgentError, Misconfigured
from scheduling.agents.llm.access import find_accesses
from scheduling.agents.llm.options import LlmOptions
from tests.scheduling.agents.llm_asking import KEY, KeepingRecorder, asker

pytestmark = [pytest.mark.anyio, pytest.mark.node]


@pytest.fixture
def ask(model_server, make_request):
    ask = asker(model_server, make_request)

    async def with_fallbacks(*models, first="model-that-is-away", **request):
        fallbacks = [
            {"provider": "openai", "model": model, "base_url": model_server.openai_url}
            for model in models
        ]
        return await ask(
            "openai", "who answers", model=first, fallbacks=fallbacks, request=request
        )

    return with_fallbacks


async def test_the_next_model_answers_for_one_that_is_away(ask):
    recorder = KeepingRecorder()
    result = await ask("gpt-4o-mini", recorder=recorder)
    assert result.output == "I do."
    assert result.usage.model == result.metadata["model"] == "gpt-4o-mini"
    assert [step.name for step in recorder.steps] == [
        "model-that-is-away",
        "gpt-4o-mini",
    ]
    assert "status 429" in recorder.steps[0].error


async def test_no_other_model_is_asked_after_what_does_not_pass(ask, model_server):
    with pytest.raises(Misconfigured, match="status 401"):
        await ask("gpt-4o-mini", first="model-of-nobody")
    assert len(model_server.journal()) == 1


async def test_all_that_failed_are_named_and_the_wait_is_that_of_the_first_ready(ask):
    with pytest.raises(AgentError) as caught:
        await ask("model-of-nobody")
    assert "'model-that-is-away' answered with status 429" in str(caught.value)
    assert "'model-of-nobody' answered with status 401" in str(caught.value)
    assert caught.value.retryable
    assert caught.value.retry_after == 17
    assert KEY not in str(caught.value)


OPENAI = {"provider": "openai", "model": "m"}


def options(*fallbacks, **first):
    return LlmOptions(**{**OPENAI, **first, "fallbacks": list(fallbacks)})


def keys(options, credentials, environ=None):
    found = find_accesses(options, credentials, environ or {})
    return [(access.base_url, access.api_key) for access in found]


def test_a_fallback_has_a_key_of_its_own():
    other = {"provider": "anthropic", "model": "c"}
    credentials = {"api_key": "one", "fallback_1_api_key": "two"}
    assert keys(options(other), credentials) == [
        ("https://api.openai.com/v1", "one"),
        ("https://api.anthropic.com", "two"),
    ]


def test_a_fallback_at_the_same_place_uses_the_first_key():
    assert keys(options({**OPENAI, "model": "small"}), {"api_key": "one"}) == [
        ("https://api.openai.com/v1", "one"),
        ("https://api.openai.com/v1", "one"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"provider": "anthropic", "model": "c"},
        {**OPENAI, "base_url": "https://elsewhere.example/v1"},
    ],
)
def test_the_first_key_never_goes_to_another_host(other):
    with pytest.raises(Misconfigured, match="fallback_1_api_key"):
        keys(options(other), {"api_key": "one"})


def test_a_server_of_ones_own_never_gets_the_first_key():
    place = "https://elsewhere.example/v1"
    other = {"provider": "openai_compatible", "model": "l", "base_url": place}
    assert keys(options(other), {"api_key": "one"})[1] == (place, "no-key")


def test_our_key_serves_a_fallback_at_the_providers_own_address():
    environ = {"ANTHROPIC_API_KEY": "ours"}
    other = {"provider": "anthropic", "model": "c"}
    found = keys(options(other), {"api_key": "one"}, environ)
    assert found[1] == ("https://api.anthropic.com", "ours")

"""Which key goes to which host."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from scheduling.agents.base import AgentError
from scheduling.agents.llm.access import find_access
from scheduling.agents.llm.options import LlmOptions

OURS = {
    "OPENAI_API_KEY": "our-openai-key",
    "ANTHROPIC_API_KEY": "our-anthropic-key",
    "GEMINI_API_KEY": "our-gemini-key",
}


@pytest.mark.parametrize(
    ("provider", "home", "key"),
    [
        ("openai", "https://api.openai.com/v1", "our-openai-key"),
        ("anthropic", "https://api.anthropic.com", "our-anthropic-key"),
        ("google", "https://generativelanguage.googleapis.com", "our-gemini-key"),
    ],
)
def test_our_key_goes_to_the_provider_itself(provider, home, key):
    access = find_access(LlmOptions(provider=provider, model="m"), {}, OURS)
    assert (access.base_url, access.api_key, access.is_ours) == (home, key, True)


def test_our_key_goes_to_the_address_set_beside_it():
    environ = {**OURS, "OPENAI_BASE_URL": "https://gateway.example/v1"}
    access = find_access(LlmOptions(provider="openai", model="m"), {}, environ)
    assert access.base_url == "https://gateway.example/v1"


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google"])
def test_our_key_is_never_sent_to_an_address_of_the_agent(provider):
    options = LlmOptions(provider=provider, model="m", base_url="http://x.example/")
    with pytest.raises(AgentError, match=r"needs credentials\.api_key") as caught:
        find_access(options, {}, OURS)
    assert not caught.value.retryable


def test_a_compatible_server_without_a_key_gets_a_placeholder():
    options = LlmOptions(
        provider="openai_compatible", model="m", base_url="http://localhost:11434/v1"
    )
    assert find_access(options, {}, OURS).api_key == "no-key"


def test_the_agents_key_goes_to_the_agents_address():
    options = LlmOptions(provider="openai", model="m", base_url="http://x.example/v1")
    access = find_access(options, {"api_key": "own"}, OURS)
    assert (access.base_url, access.api_key) == ("http://x.example/v1", "own")
    assert not access.is_ours


def test_the_agents_key_is_never_sent_to_the_address_of_our_key():
    environ = {**OURS, "OPENAI_BASE_URL": "https://gateway.example/v1"}
    access = find_access(
        LlmOptions(provider="openai", model="m"), {"api_key": "own"}, environ
    )
    assert (access.base_url, access.api_key) == ("https://api.openai.com/v1", "own")


def test_a_missing_key_names_what_is_needed():
    with pytest.raises(AgentError) as caught:
        find_access(LlmOptions(provider="openai", model="m"), {}, {})
    assert str(caught.value) == (
        "the agent needs credentials.api_key or OPENAI_API_KEY"
    )
    assert not caught.value.retryable


def test_a_key_that_no_header_can_hold_is_refused_without_being_shown():
    options = LlmOptions(provider="openai", model="m")
    with pytest.raises(AgentError) as caught:
        find_access(options, {"api_key": "sécret"}, {})
    assert "sécret" not in str(caught.value)


def test_a_key_does_not_show_in_the_representation():
    access = find_access(
        LlmOptions(provider="openai", model="m"), {"api_key": "own"}, {}
    )
    assert "own" not in repr(access)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"provider": "openai_compatible"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"base_url": "http://me:word@x.example/"}, "base_url"),
        ({"model": ""}, "model"),
        ({"provider": "acme"}, "provider"),
        ({"request_limit": 0}, "request_limit"),
        ({"temperatur": 1}, "temperatur"),
    ],
)
def test_wrong_options_are_named(changes, named):
    with pytest.raises(ValidationError, match=named):
        LlmOptions(**{"provider": "openai", "model": "m", **changes})

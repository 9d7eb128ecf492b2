"""Where credentials go."""

from __future__ import annotations

import pytest

from scheduling.credentials import carried_elsewhere, destination, origin


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://A.example:443/y", True),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.example", False),
        ("http://[::1", "http://[::1", True),
        ("http://[::1", "https://a.example", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one, other, same):
    assert (origin(one) == origin(other)) is same


def test_another_provider_is_another_destination():
    old = ("llm", {"provider": "openai", "model": "m"})
    new = ("llm", {"provider": "anthropic", "model": "m"})
    assert "api_key" in carried_elsewhere(old, new, ["api_key"])
    assert carried_elsewhere(old, new, []) == ""
    assert carried_elsewhere(old, old, ["api_key"]) == ""


def test_an_address_goes_before_the_provider():
    options = {"provider": "openai", "base_url": "https://own.example/v1"}
    assert destination("llm", options) == "https://own.example:443"


def test_options_that_are_no_object_go_nowhere_known():
    assert destination("http", "x") == "http"


def with_others(fallback, server):
    return {
        "provider": "openai",
        "fallbacks": [{"provider": "openai", "model": "m", "base_url": fallback}],
        "mcp_servers": [{"name": "sums", "url": server}],
    }


def test_each_key_has_the_destination_that_it_was_given_for():
    options = with_others("https://f.example/v1", "https://s.example/mcp")
    assert destination("llm", options, "api_key") == "llm openai"
    assert destination("llm", options, "fallback_1_api_key") == "https://f.example:443"
    assert destination("llm", options, "mcp_sums_token") == "https://s.example:443"


def test_a_token_does_not_follow_its_server_to_another_host():
    old = ("llm", with_others("https://f.example/v1", "https://s.example/mcp"))
    new = ("llm", with_others("https://f.example/v1", "https://evil.example/mcp"))
    assert carried_elsewhere(old, new, ["api_key", "fallback_1_api_key"]) == ""
    words = str(carried_elsewhere(old, new, ["api_key", "mcp_sums_token"]))
    assert "mcp_sums_token" in words
    assert "evil.example" in words


def test_a_token_stays_with_no_program_instead_of_its_server():
    old = ("llm", with_others(None, "https://s.example/mcp"))
    server = {"name": "sums", "command": "/bin/cat"}
    assert carried_elsewhere(
        old, ("llm", {"mcp_servers": [server]}), ["mcp_sums_token"]
    )


def test_a_fallback_in_another_place_of_the_list_does_not_get_the_key():
    first = {"provider": "openai", "model": "m"}
    other = {"provider": "anthropic", "model": "c"}
    old = ("llm", {"provider": "openai", "fallbacks": [first, other]})
    new = ("llm", {"provider": "openai", "fallbacks": [other, first]})
    assert carried_elsewhere(old, new, ["fallback_1_api_key"])

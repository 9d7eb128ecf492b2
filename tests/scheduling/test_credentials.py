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

"""What the runner lends to backends that have a client of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduling.agents.base import AgentError
from scheduling.context import RunContext


@pytest.fixture
def context(configure) -> Iterator[RunContext]:
    configure("SCHEDULING", agent_allowed_origins=("http://ollama.lan:11434",))
    context = RunContext()
    yield context
    context.close()


@pytest.mark.parametrize("ip", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
def test_a_private_address_is_refused_for_good(context, ip):
    with pytest.raises(AgentError, match="leads to") as caught:
        context.check_address("models.example", 443, ip)
    assert not caught.value.retryable
    assert "SCHEDULING_AGENT_ALLOWED_ORIGINS" in str(caught.value)


def test_an_allowed_origin_may_be_private(context):
    context.check_address("ollama.lan", 11434, "10.0.0.1")


def test_an_origin_is_allowed_with_its_port_only(context):
    with pytest.raises(AgentError):
        context.check_address("ollama.lan", 22, "10.0.0.1")


def test_a_public_address_passes(context):
    context.check_address("models.example", 443, "1.1.1.1")

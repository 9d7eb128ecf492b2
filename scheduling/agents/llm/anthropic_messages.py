"""Anthropic's Messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
from anthropic import AsyncAnthropic, Omit
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

from scheduling.agents.llm.access import Access


def connect(access: Access, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    """Return what makes the model called by a name."""
    client = AsyncAnthropic(
        base_url=access.base_url,
        api_key=access.api_key,
        http_client=http,
        max_retries=0,  # retrying is the runner's
        default_headers=None if access.is_ours else _headers_of_its_own(access),
    )
    return partial(AnthropicModel, provider=AnthropicProvider(anthropic_client=client))


def _headers_of_its_own(access: Access) -> Any:
    """Return headers that keep out those which the SDK adds from the environment.

    They may hold this installation's secrets, which other hosts have no business to see.
    """
    lines = os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n")
    unset = {line.partition(":")[0].strip(): Omit() for line in lines if ":" in line}
    return {**unset, "X-Api-Key": access.api_key}

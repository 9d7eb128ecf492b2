"""Chat Completions and Responses: OpenAI itself and the servers that speak as it does."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx2
from openai import AsyncOpenAI, Omit
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers import Provider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

from scheduling.agents.llm.access import Access


def connect(access: Access, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    """Return what makes the model called by a name."""
    client = AsyncOpenAI(
        base_url=access.base_url,
        api_key=access.api_key,
        http_client=http,
        max_retries=0,  # retrying is the runner's
        default_headers=None if access.is_ours else _headers_of_its_own(access),
    )
    if not access.is_ours:
        client.organization = None
        client.project = None
    provider: Provider[AsyncOpenAI] = (
        OpenAICompatibleProvider(
            access.provider,
            openai_client=client,
            # Servers that speak as OpenAI does know the older name of the limit.
            profile=OpenAIModelProfile(
                openai_chat_supports_max_completion_tokens=False
            ),
        )
        if access.provider == "openai_compatible"
        else OpenAIProvider(openai_client=client)
    )
    if access.api == "responses":
        return partial(OpenAIResponsesModel, provider=provider)
    return partial(OpenAIChatModel, provider=provider)


def _headers_of_its_own(access: Access) -> Any:
    """Return headers that keep out those which the SDK adds from the environment.

    They may hold this installation's secrets, which other hosts have no business to see.
    """
    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    unset = {line.partition(":")[0].strip(): Omit() for line in lines if ":" in line}
    return {**unset, "Authorization": f"Bearer {access.api_key}"}

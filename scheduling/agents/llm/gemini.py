"""Google's Gemini API."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import httpx2
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from scheduling.agents.llm.access import Access


def connect(access: Access, http: httpx2.AsyncClient) -> Callable[[str], Model]:
    """Return what makes the model called by a name."""
    provider = GoogleProvider(
        api_key=access.api_key, base_url=access.base_url, http_client=http
    )
    return partial(GoogleModel, provider=provider)

"""Asks a language model: OpenAI, Anthropic, Google, or any server that speaks as OpenAI does."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from scheduling.agents.base import AgentBackend, AgentRequest, AgentResult
from scheduling.agents.llm.options import LlmOptions, find_access

if TYPE_CHECKING:
    from scheduling.agents.llm.engine import Engine
    from scheduling.agents.llm.guard import AddressCheck

__all__ = ["LlmBackend", "LlmOptions"]


class LlmBackend(AgentBackend[LlmOptions]):
    """Sends the system prompt and the input, returns the answer as markdown.

    `credentials.api_key` is the provider's key; without it the installation's own key is
    used (see `find_access`).
    """

    label = "Language model"
    options_class = LlmOptions
    credential_names = frozenset({"api_key"})

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._starting = anyio.Lock()

    async def invoke(self, request: AgentRequest[LlmOptions]) -> AgentResult:
        """Ask once. Raises `AgentError`; retrying is left to the runner."""
        access = find_access(request.options, request.credentials, os.environ)
        engine = await self._started_engine(request.context.check_address)
        return await engine.ask(request, access)

    async def close(self) -> None:
        """Close the connections."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    async def _started_engine(self, check: AddressCheck) -> Engine:
        async with self._starting:
            if self._engine is None:
                # The import takes a second and tens of megabytes: only processes that ask
                # models pay for it, and the loop never does.
                self._engine = await to_thread.run_sync(_start_engine, check)
            return self._engine


def _start_engine(check: AddressCheck) -> Engine:
    engine: Engine = import_module("scheduling.agents.llm.engine").Engine(check)
    return engine

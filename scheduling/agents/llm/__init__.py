"""Asks a language model: OpenAI, Anthropic, Google, or any server that speaks as OpenAI does."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread

from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentError,
    AgentRequest,
    AgentResult,
    Finding,
)
from scheduling.agents.child.permits import command_refusal
from scheduling.agents.llm.access import find_accesses
from scheduling.agents.llm.options import LlmOptions

if TYPE_CHECKING:
    from scheduling.agents.llm.engine import Engine
    from scheduling.agents.llm.guard import AddressCheck

__all__ = ["LlmBackend", "LlmOptions"]

#: Keys of fallbacks, tokens of MCP servers.
_OTHER_CREDENTIALS = re.compile(
    r"fallback_[1-9]_api_key|mcp_[a-z][a-z0-9_]{0,29}_token"
)


class LlmBackend(AgentBackend[LlmOptions]):
    """Sends the system prompt and the input, lets the model call tools, returns its answer.

    `credentials.api_key` is the provider's key; without it the installation's own key is
    used (see `find_access`). `fallback_1_api_key` is that of the first fallback;
    `mcp_NAME_token` the bearer token of an MCP server.
    """

    label = "Language model"
    options_class = LlmOptions
    credential_names = frozenset({"api_key"})
    other_credentials = "fallback_1_api_key …, mcp_NAME_token"

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._starting = anyio.Lock()

    @classmethod
    def takes_credential(cls, name: str) -> bool:
        """Whether `credentials` may hold `name`."""
        return name in cls.credential_names or bool(_OTHER_CREDENTIALS.fullmatch(name))

    @classmethod
    def refusal(cls, options: LlmOptions) -> str:
        """Return why a program among its MCP servers may not be started."""
        for server in options.mcp_servers:
            if server.command and (refusal := command_refusal(server.command)):
                return f"mcp_servers: {server.name}: {refusal}"
        return ""

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """See `AgentBackend.converses`."""
        return True

    async def invoke(self, request: AgentRequest[LlmOptions]) -> AgentResult:
        """Ask once. Raises `AgentError`; retrying is left to the runner."""
        if request.session_id:
            # People are answered in words, whatever shape the reports have.
            in_words = request.options.model_copy(update={"output_schema": None})
            request = replace(request, options=in_words)
        accesses = find_accesses(request.options, request.credentials, os.environ)
        engine = await self._started_engine(request.context.check_address)
        return await engine.ask(request, accesses)

    async def preflight(
        self,
        options: LlmOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """Look at the keys, the addresses, the names of the models and the MCP servers."""
        try:
            accesses = find_accesses(options, credentials, os.environ)
        except AgentError as error:
            return [Finding(name="key", ok=False, words=str(error))]
        engine = await self._started_engine(context.check_address)
        inspect = import_module("scheduling.agents.llm.inspection").inspect
        findings: list[Finding] = await inspect(engine, options, credentials, accesses)
        return findings

    async def close(self) -> None:
        """Close the connections."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.close()

    async def _started_engine(self, check: AddressCheck) -> Engine:
        if self._engine is not None:
            return self._engine
        async with self._starting:
            if self._engine is None:
                # The import takes a second and tens of megabytes: only processes that ask
                # models pay for it, and the loop never does.
                self._engine = await to_thread.run_sync(_start_engine, check)
            return self._engine


def _start_engine(check: AddressCheck) -> Engine:
    engine: Engine = import_module("scheduling.agents.llm.engine").Engine(check)
    return engine

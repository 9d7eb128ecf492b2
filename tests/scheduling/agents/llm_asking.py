"""Asks the independent model server as each provider's clients do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from scheduling.agents.base import AgentResult, ToolError, ToolSpec, Usage
from scheduling.agents.llm import LlmBackend, LlmOptions
from tests.modelserver.server import ModelServer

KEY = "key-of-the-agent"
#: surface -> (provider, api, model, path of the call)
SURFACES = {
    "openai": ("openai", "chat", "gpt-4o-mini", "/v1/chat/completions"),
    "responses": ("openai", "responses", "gpt-4o-mini", "/v1/responses"),
    "anthropic": ("anthropic", "chat", "claude-sonnet-5-5", "/v1/messages"),
    "google": (
        "google",
        "chat",
        "gemini-2.5-flash",
        "/v1beta/models/gemini-2.5-flash:generateContent",
    ),
    "openai_compatible": (
        "openai_compatible",
        "chat",
        "llama3.2",
        "/v1/chat/completions",
    ),
}


@asynccontextmanager
async def open_backend():
    backend = LlmBackend()
    try:
        yield backend
    finally:
        await backend.close()


def options_of(server: ModelServer, surface: str, **changes: Any) -> LlmOptions:
    provider, api, model, _path = SURFACES[surface]
    place = server.openai_url if provider.startswith("openai") else server.url
    values = {"provider": provider, "api": api, "model": model, "base_url": place}
    return LlmOptions(**{**values, **changes})


def asker(
    server: ModelServer, make_request: Callable[..., Any]
) -> Callable[..., Awaitable[AgentResult]]:
    """Return a function that asks once, with options and what else differs in the request."""

    async def ask(
        surface: str, message: str, *, request: Any = None, **options: Any
    ) -> AgentResult:
        changes = {"credentials": {"api_key": KEY}, **(request or {})}
        asked = make_request(
            options_of(server, surface, **options), input_message=message, **changes
        )
        async with open_backend() as backend:
            result: AgentResult = await backend.invoke(asked)
            return result

    return ask


@dataclass
class SomeTools:
    """A `Tools` of one that reads and one that changes things."""

    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusal: str = ""

    def specs(self):
        return [
            ToolSpec(
                name="get_run",
                description="One run.",
                parameters={
                    "type": "object",
                    "properties": {"run_id": {"type": "string"}},
                },
            ),
            ToolSpec(
                name="cron_create",
                description="Make a schedule.",
                parameters={
                    "type": "object",
                    "properties": {"cron": {"type": "string"}},
                },
                changes_world=True,
            ),
        ]

    async def call(self, name, arguments):
        self.called.append((name, dict(arguments)))
        if self.refusal:
            raise ToolError(self.refusal)
        return {"run_id": "17", "status": "succeeded"}


@dataclass
class Kept:
    """A step as it ended."""

    kind: str
    name: str
    text: str
    result: str = ""
    error: str = ""
    usage: Usage | None = None

    def end(self, result="", *, usage=None):
        self.result, self.usage = result, usage

    def fail(self, error, *, usage=None):
        self.error, self.usage = error, usage


@dataclass
class KeepingRecorder:
    steps: list[Kept] = field(default_factory=list)

    def progress(self, text):
        """Nobody looks."""

    def begin(self, kind, name, text=""):
        self.steps.append(Kept(kind, name, text))
        return self.steps[-1]

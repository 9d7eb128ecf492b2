"""A context on plain `requests`, requests for agents, and the independent model server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from anyio import to_thread

from scheduling.agents.base import AgentError, AgentRequest, Misconfigured, Options
from tests.modelserver.server import ModelServer, running_model_server

MAX_BODY_BYTES = 200_000


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool


@dataclass
class PlainContext:
    """An `AgentContext` that really speaks HTTP, without the product's own transport."""

    report: dict[str, Any] = field(default_factory=dict)
    timeouts: list[float] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    checked: list[tuple[str, int, str]] = field(default_factory=list)
    #: Where agents answer later, what they answer, and whether they have done so before.
    callback_url: str = ""
    answer: Answer | None = None
    answered: bool = False
    tools: tuple[str, ...] = ()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
    ) -> Answer:
        self.timeouts.append(timeout)

        def call() -> Answer:
            with requests.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=timeout,
                allow_redirects=False,
            ) as got:
                return Answer(
                    status=got.status_code,
                    headers={name.lower(): text for name, text in got.headers.items()},
                    body=got.content[:MAX_BODY_BYTES],
                    truncated=len(got.content) > MAX_BODY_BYTES,
                )

        try:
            return await to_thread.run_sync(call)
        except requests.RequestException as error:
            raise AgentError(str(error), retryable=True) from error

    def check_address(self, host: str, port: int, ip: str) -> None:
        self.checked.append((host, port, ip))
        if ip in self.refused:
            raise AgentError(f"{host} leads to {ip}, which is refused")

    async def health_report(self) -> dict[str, Any]:
        return self.report

    def check_callback(self) -> None:
        if not self.callback_url:
            raise Misconfigured("no address of its own")

    async def open_callback(self, run_id: str, *, seconds: float) -> str | None:
        self.check_callback()
        return None if self.answered else self.callback_url

    async def await_callback(self, run_id: str) -> Answer:
        assert self.answer is not None
        return self.answer

    def check_tool(self, name: str) -> None:
        if name not in self.tools:
            raise Misconfigured(f"there is no tool {name!r}")

    async def check_agent(self, agent_id: str) -> None:
        if agent_id != "analyst":
            raise Misconfigured(f"there is no agent {agent_id!r} to ask")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def context() -> PlainContext:
    return PlainContext()


@pytest.fixture
def make_request(context: PlainContext) -> Callable[..., AgentRequest[Any]]:
    """Return a function that makes an `AgentRequest` from options and what differs."""

    def make(options: Options, **changes: Any) -> AgentRequest[Any]:
        values: dict[str, Any] = {
            "run_id": "run-1",
            "task_id": "task-1",
            "task_name": "Morning digest",
            "user_id": "user-1",
            "attempt": 1,
            "scheduled_for": datetime(2026, 3, 1, 7, tzinfo=UTC),
            "system_prompt": "Be brief.",
            "input_message": "What is new?",
            "credentials": {},
            "state": {},
            "deadline_seconds": 30.0,
            "context": context,
        }
        return AgentRequest(options=options, **{**values, **changes})

    return make


@pytest.fixture(scope="session")
def running_server() -> Iterator[ModelServer]:
    with running_model_server() as server:
        yield server


@pytest.fixture
def model_server(running_server: ModelServer) -> ModelServer:
    running_server.reset()
    return running_server

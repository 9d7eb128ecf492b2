"""What the runner lends to agent backends: guarded HTTP, callbacks, other agents, sessions."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection

from notifications.ssrf import DEFAULT_PORTS, judge, origin_for, origin_of
from notifications.transport import Answer, Call, Transport, TransportError
from scheduling import asking, callbacks
from scheduling.agents import get_backend
from scheduling.agents.base import (
    AgentError,
    AgentRequest,
    AgentResult,
    AgentTimeout,
    Misconfigured,
    Turn,
)
from scheduling.callback_wait import CallbackWait
from scheduling.callbacks import Answered
from scheduling.selectors import health_report
from scheduling.toolbox import TOOLS

#: A page or an agent's answer may be larger than a webhook's receipt.
_MAX_ANSWER_BYTES = 8 * 1024 * 1024
#: Threads that ask the database: each holds a connection, of which there are few.
_DATABASE_THREADS = 4
#: Where agents answer later, beneath the installation's own address.
CALLBACK_PATH = "/v2/callbacks/"

T = TypeVar("T")


class RunContext:
    """One per worker process; implements `agents.base.AgentContext`."""

    def __init__(self) -> None:
        conf = settings.SCHEDULING
        self._allowed_origins = frozenset(map(origin_of, conf.agent_allowed_origins))
        self._transport = Transport(
            allowed_origins=self._allowed_origins,
            connect_timeout=10.0,
            total_timeout=float(conf.default_deadline_seconds),
            max_answer_bytes=_MAX_ANSWER_BYTES,
            user_agent=settings.NOTIFICATIONS.user_agent,
        )
        # As many as runs may be in flight: a waiting thread costs about 60 kB.
        self._threads = ThreadPoolExecutor(conf.worker_capacity, "agent-http")
        self._readers = ThreadPoolExecutor(_DATABASE_THREADS, "agent-database")
        self._public_url = conf.public_url.rstrip("/")
        self._callbacks = CallbackWait(
            lambda run_ids: self._read(partial(callbacks.answers_of, run_ids))
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
    ) -> Answer:
        """See `AgentContext.request`. A cancelled run's connection is shut down at once."""
        call = Call()

        def send() -> Answer:
            return self._transport.request(
                method,
                url,
                headers=headers,
                body=body,
                total_timeout=timeout,
                call=call,
            )

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, send)
        except asyncio.CancelledError:
            call.abort()
            raise
        except TransportError as error:
            kind = (
                AgentTimeout
                if "timeout" in type(error).__name__.lower()
                else AgentError
            )
            raise kind(error.reason, retryable=not error.permanent) from None

    def check_address(self, host: str, port: int, ip: str) -> None:
        """See `AgentContext.check_address`. A connection is allowed for either scheme."""
        origins = {origin_for(scheme, host, port) for scheme in DEFAULT_PORTS}
        if self._allowed_origins.isdisjoint(origins) and (reason := judge(ip)):
            raise AgentError(
                f"{host} leads to {ip}, which is {reason}: use a public address, or have"
                " its origin added to SCHEDULING_AGENT_ALLOWED_ORIGINS"
            )

    async def health_report(self) -> dict[str, Any]:
        """See `selectors.health_report`."""
        return await self._read(health_report)

    def check_callback(self) -> None:
        """See `AgentContext.check_callback`."""
        if not self._public_url:
            raise Misconfigured(
                "SCHEDULING_PUBLIC_URL is not set: it is where agents reach this installation"
                " to answer later, for example https://backbeat.example"
            )

    async def open_callback(self, run_id: str, *, seconds: float) -> str | None:
        """See `AgentContext.open_callback`."""
        self.check_callback()
        opening = partial(callbacks.open_callback, uuid.UUID(run_id), seconds=seconds)
        token = await self._read(opening)
        return token and f"{self._public_url}{CALLBACK_PATH}{token}"

    async def await_callback(self, run_id: str) -> Answered:
        """See `AgentContext.await_callback`."""
        return await self._callbacks.answer(uuid.UUID(run_id))

    async def ask_agent(
        self,
        agent_id: str,
        request: AgentRequest[Any],
        *,
        message: str,
        history: Sequence[Turn] = (),
    ) -> AgentResult:
        """See `AgentContext.ask_agent`. No credential of the other agent comes back in an error."""
        asked = await self._read(partial(asking.agent_to_ask, agent_id))
        agent = asked.agent
        backend = await asyncio.to_thread(get_backend, agent.backend)
        theirs = asking.request_for(asked, request, message, history)
        try:
            return await backend.invoke(theirs)
        except AgentError as error:
            raise asking.without_secrets(error, agent) from None
        except Exception as error:  # noqa: BLE001 -- an agent may raise anything
            words = f"agent {agent_id!r}: {type(error).__name__}: {error}"
            raise asking.without_secrets(AgentError(words), agent) from None

    async def check_agent(self, agent_id: str) -> None:
        """See `AgentContext.check_agent`."""
        await self._read(partial(asking.load_agent, agent_id))

    def check_tool(self, name: str) -> None:
        """See `AgentContext.check_tool`."""
        if name not in TOOLS:
            raise Misconfigured(
                f"there is no tool {name!r}: choose one of {', '.join(TOOLS)}"
            )

    async def session_turns(
        self, session_id: str, *, user_id: str, most: int
    ) -> list[Turn] | None:
        """See `AgentContext.session_turns`."""
        return await self._read(
            partial(asking.session_turns, session_id, user_id=user_id, most=most)
        )

    async def _read(self, question: Callable[[], T]) -> T:
        """Ask the database. It being away is no fault of the agent: trying again can help."""

        def ask() -> T:
            try:
                return question()
            finally:
                connection.close()  # this thread asks seldom

        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, ask)
        except DatabaseTrouble as error:
            words = f"the database does not answer: {type(error).__name__}"
            raise AgentError(words, retryable=True) from error

    def close(self) -> None:
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

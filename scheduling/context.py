"""What the runner lends to agent backends: guarded HTTP, and the state of this installation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connection

from notifications.ssrf import DEFAULT_PORTS, judge, origin_for, origin_of
from notifications.transport import Answer, Call, Transport, TransportError
from scheduling.agents.base import AgentError, AgentTimeout
from scheduling.selectors import health_report

#: A page or an agent's answer may be larger than a webhook's receipt.
_MAX_ANSWER_BYTES = 8 * 1024 * 1024


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

        def read() -> dict[str, Any]:
            try:
                return health_report()
            finally:
                connection.close()  # this thread asks the database once an hour

        return await asyncio.get_running_loop().run_in_executor(self._threads, read)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

"""Connections that are judged by the address really connected, not by the name asked for.

A name can answer differently for the check and for the connection a moment later, so the
name is resolved once, here, and what was judged is what is connected.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import anyio
import httpcore2
import httpx2

from scheduling.agents.base import AgentError

#: Called with host, port and IP address; raises `AgentError` for what is not to be connected.
AddressCheck = Callable[[str, int, str], None]
#: A worker holds the answers of hundreds of runs.
MAX_ANSWER_BYTES = 32 * 2**20


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """HTTP over connections that `check` has let pass. Uses no proxy: that could not be judged."""

    def __init__(
        self, check: AddressCheck, context: ssl.SSLContext, limits: httpx2.Limits
    ) -> None:
        super().__init__(verify=context)
        # httpx2 has no parameter for it. Its own pool has not connected anything yet.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_GuardedBackend(check),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See `AsyncBaseTransport`. What was compressed could not be measured: it is not asked for."""
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        packed = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in ("", "identity"):
            await response.aclose()
            raise AgentError(
                f"{request.url.host} answers compressed ({packed[:20]}), unasked"
            )
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Capped(response.stream, request.url.host)
        return response


class _Capped(httpx2.AsyncByteStream):
    """A body of which no more is read than any model or tool has to say."""

    def __init__(self, stream: httpx2.AsyncByteStream, host: str) -> None:
        self._stream = stream
        self._host = host

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise AgentError(
                    f"{self._host} answers with more than {MAX_ANSWER_BYTES} bytes"
                )
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _GuardedBackend(httpcore2.AnyIOBackend):
    def __init__(self, check: AddressCheck) -> None:
        self._check = check

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect the first address of `host` that answers. Raises what the check raises."""
        until = None if timeout is None else anyio.current_time() + timeout
        try:
            with anyio.fail_after(timeout):
                found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"looking up {host}") from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"looking up {host}: {error}") from error
        ips = list(dict.fromkeys(str(answer[4][0]) for answer in found))
        for ip in ips:
            self._check(host, port, ip)
        trouble: Exception = httpcore2.ConnectError(f"{host} has no address")
        for number, ip in enumerate(ips):
            # The rest of the time is shared by the rest of the addresses.
            left = None if until is None else max(until - anyio.current_time(), 0.0)
            try:
                return await super().connect_tcp(
                    ip,
                    port,
                    None if left is None else left / (len(ips) - number),
                    local_address,
                    socket_options,
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
        raise trouble

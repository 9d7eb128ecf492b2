"""Connections in pools of a few dozen each.

A pool of httpcore2 looks at all its connections when a request begins and when it ends: with 500
requests that wait in one pool, that is a quarter of all their CPU time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import httpx2

#: Requests at once in one pool; the next ones get another.
ROOM = 50
#: Pools that keep their idle connections when nothing uses them: together 100 connections.
KEPT_POOLS = 2
#: For what is beneath a `SpreadTransport`, which bounds the connections by itself.
LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=ROOM)


class SpreadTransport(httpx2.AsyncBaseTransport):
    """Sends each request through the first of its pools that has room; `make` makes a pool."""

    def __init__(self, make: Callable[[], httpx2.AsyncBaseTransport]) -> None:
        self._make = make
        self._pools: list[_Pool] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """See `httpx2.AsyncBaseTransport`. The request counts until its response is closed."""
        pool = self._pool_with_room()
        pool.busy += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            await self._leave(pool)
            raise
        beneath = cast("httpx2.AsyncByteStream", response.stream)
        response.stream = _Stream(beneath, lambda: self._leave(pool))
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        pools, self._pools = self._pools, []
        for pool in pools:
            await pool.transport.aclose()

    def _pool_with_room(self) -> _Pool:
        for pool in self._pools:
            if pool.busy < ROOM:
                return pool
        self._pools.append(pool := _Pool(self._make()))
        return pool

    async def _leave(self, pool: _Pool) -> None:
        """A request has ended. A pool beyond those that are kept goes with its last one."""
        pool.busy -= 1
        if not pool.busy and pool in self._pools[KEPT_POOLS:]:
            self._pools.remove(pool)
            await pool.transport.aclose()


class _Pool:
    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self.transport = transport
        self.busy = 0


class _Stream(httpx2.AsyncByteStream):
    """What comes in, and `leave` once it is closed."""

    def __init__(
        self, beneath: httpx2.AsyncByteStream, leave: Callable[[], Awaitable[None]]
    ) -> None:
        self._beneath = beneath
        self._leave = leave
        self._is_open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._beneath:
            yield chunk

    async def aclose(self) -> None:
        """See `httpx2.AsyncByteStream`."""
        try:
            await self._beneath.aclose()
        finally:
            if self._is_open:
                self._is_open = False
                await self._leave()

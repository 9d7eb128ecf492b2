"""The HTTP clients that all runs share, and the connections beneath them."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2
from pydantic_ai.models import create_async_httpx2_client

from scheduling.agents.base import AgentError
from scheduling.agents.llm.guard import AddressCheck, GuardedTransport
from scheduling.agents.llm.spreading import LIMITS, SpreadTransport

#: Seconds. The run's deadline is the limit of the answer. A connection that stands is noticed
#: late while hundreds of runs begin at one instant.
_TIMEOUT = httpx2.Timeout(None, connect=15.0)


class Pools:
    """Two pools of connections. Belongs to one event loop.

    All providers and keys share them, so nothing is connected twice and a key that is no
    longer used leaves nothing open. They follow no redirects (a key would go along) and keep
    no cookies (runs of different owners must not meet in one).

    Addresses that agents brought have a pool of their own, in which `check` judges what is
    connected; it is apart, so that no connection is reused which it would have refused.
    """

    def __init__(self, check: AddressCheck) -> None:
        context = httpx2.create_ssl_context()
        known = SpreadTransport(
            lambda: httpx2.AsyncHTTPTransport(verify=context, limits=LIMITS)
        )
        self._guard = SpreadTransport(lambda: GuardedTransport(check, context, LIMITS))
        self.known = _without_cookies(create_async_httpx2_client(timeout=_TIMEOUT))
        # Given to it as a parameter, it would keep it from the proxies of the environment.
        self.known._transport = known  # noqa: SLF001 -- httpx2 has no other way
        self.guarded = _without_cookies(
            create_async_httpx2_client(timeout=_TIMEOUT, transport=self._guard)
        )

    def client_of_a_session(self, **settings: Any) -> httpx2.AsyncClient:
        """Return a client of guarded connections for somebody who will change and close it."""
        settings["follow_redirects"] = False
        client = httpx2.AsyncClient(transport=_Shared(self._guard), **settings)
        return _without_cookies(client)

    async def close(self) -> None:
        """Close the connections."""
        await self.known.aclose()
        await self.guarded.aclose()


class _Shared(httpx2.AsyncBaseTransport):
    """A transport that stays open when a client of it is closed.

    It refuses redirects by itself: the MCP SDK follows them against its client's settings.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._transport.handle_async_request(request)
        if response.has_redirect_location:
            await response.aclose()
            raise AgentError("redirects are not followed; give the final address")
        return response


def _without_cookies(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    client.cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return client

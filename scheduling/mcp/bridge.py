"""The SDK speaks ASGI and the web process WSGI: one event loop beside its threads.

Stateless: each request stands for itself, so any of many web processes may get it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from scheduling.mcp.server import build_server

#: A tool that waits for a run has its own, shorter limit.
_LONGEST_SECONDS = 900.0
_PERSON = "backbeat.person"
Message = MutableMapping[str, Any]


@dataclass
class Answer:
    """What the SDK sent; header names are lower case."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)


class Bridge:
    """The SDK's side of one web process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, name="mcp", daemon=True).start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._manager = StreamableHTTPSessionManager(
            build_server(_person_of), stateless=True, json_response=True
        )
        async with self._manager.run():
            self._ready.set()
            await asyncio.Event().wait()  # as long as the process

    def post(self, headers: list[tuple[bytes, bytes]], body: bytes, *, user_id: int) -> Answer:  # fmt: skip
        """Hand over one POST in the name of that person, and wait for the answer.

        Header names are lower case. Raises `TimeoutError`.
        """
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/mcp",
            "raw_path": b"/mcp",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            _PERSON: user_id,
        }
        asked = asyncio.run_coroutine_threadsafe(self._ask(scope, body), self._loop)
        try:
            return asked.result(_LONGEST_SECONDS)
        except TimeoutError:
            asked.cancel()
            raise

    async def _ask(self, scope: dict[str, Any], body: bytes) -> Answer:
        answer, given = Answer(), iter([body])

        async def receive() -> Message:
            for part in given:
                return {"type": "http.request", "body": part, "more_body": False}
            await (
                asyncio.Event().wait()
            )  # whether the client is still there, WSGI does not tell
            raise AssertionError

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = [
                    (name.decode("latin-1").lower(), value.decode("latin-1"))
                    for name, value in message.get("headers", [])
                ]
            else:
                answer.body += message.get("body", b"")

        await self._manager.handle_request(scope, receive, send)
        return answer


def _person_of(context: ServerRequestContext[Any]) -> int:
    if context.request is None:
        raise RuntimeError("a message without its HTTP request")
    return int(context.request.scope[_PERSON])


@cache
def bridge() -> Bridge:
    """Return this process's own, made on first use: a server forks or spawns before that."""
    return Bridge()

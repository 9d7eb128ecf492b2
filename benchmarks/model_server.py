"""A model server that answers every chat completion after SECONDS: `model_server.py PORT SECONDS`.

`GET /peak` says how many it had to answer at once at most, and forgets that.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from aiohttp import web

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-4o-mini",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "# Digest\n\nNothing new."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500},
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class ModelServer:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open = self._peak = 0

    async def complete(self, request: web.Request) -> web.Response:
        await request.read()
        self._open += 1
        self._peak = max(self._peak, self._open)
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self._open -= 1
        return web.json_response(ANSWER)

    async def peak(self, _request: web.Request) -> web.Response:
        peak, self._peak = self._peak, 0
        return web.json_response(peak)


def main(port: int, seconds: float) -> None:
    server = ModelServer(seconds)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.complete)
    app.router.add_get("/peak", server.peak)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))

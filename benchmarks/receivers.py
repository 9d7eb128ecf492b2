"""Loopback receivers that answer from one event loop, and note what arrives when."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Kinds of receivers, with what they answer; a hanging one never does.
ANSWERS = {
    "good": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "500": b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
    "429": b"HTTP/1.1 429 X\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    "hangs": b"",
}


@dataclass
class Receiver:
    """One of them: where it listens, how it behaves, and what arrived (id and moment)."""

    kind: str
    port: int = 0
    arrived: list[tuple[str, float]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(
                    line.split(": ", 1)
                    for line in head.decode("latin-1").lower().split("\r\n")[1:]
                    if line
                )
                await reader.readexactly(int(fields.get("content-length", 0)))
                self.arrived.append((fields.get("webhook-id", ""), time.time()))
                if self.kind == "hangs":
                    await reader.read()  # until the sender has had enough
                    break
                writer.write(ANSWERS[self.kind])
                await writer.drain()
        writer.close()


@contextmanager
def receiving(kinds: list[str]) -> Iterator[list[Receiver]]:
    """Yield a listening receiver of each kind; they end with the block."""
    receivers = [Receiver(kind) for kind in kinds]
    loop = asyncio.new_event_loop()
    ready = threading.Event()

    async def listen() -> None:
        for each in receivers:
            server = await asyncio.start_server(each.serve, "127.0.0.1", 0)
            each.port = server.sockets[0].getsockname()[1]
        ready.set()

    def run() -> None:
        loop.create_task(listen())  # noqa: RUF006 -- the loop ends with the process
        loop.run_forever()

    threading.Thread(target=run, daemon=True).start()
    ready.wait()
    yield receivers
    loop.call_soon_threadsafe(loop.stop)

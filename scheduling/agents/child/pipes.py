"""What comes out of a child: pipes that are always drained, and what is kept of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

#: Takes bytes; returns whether it wants more at full speed. A child that writes for ever is
#: slowed down, else it would have the event loop for itself.
Sink = Callable[[bytes], bool]

#: Seconds between two reads of what nobody wants: about 13 MB/s with a pipe's 64 kB.
_PAUSE = 0.005
_MAX_LINE_BYTES = 4_000


class End(asyncio.BaseProtocol):
    """This end of a pipe. `closed` is done when it is."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.closed.done():
            self.closed.set_result(None)


class Reader(End, asyncio.Protocol):
    """Reads a pipe into a sink, to its end."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._transport: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._sink(data) and self._transport is not None:
            self._transport.pause_reading()
            self._loop.call_later(_PAUSE, self._go_on)

    def _go_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


class Collected:
    """The first `cap` bytes; what comes after is counted only."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._parts: list[bytes] = []
        self._kept = 0
        self.total = 0

    def __call__(self, data: bytes) -> bool:
        self.total += len(data)
        if (room := self._cap - self._kept) > 0:
            self._parts.append(data[:room])
            self._kept += len(self._parts[-1])
        return self.total <= self._cap

    @property
    def cut(self) -> bool:
        """Whether there was more than is kept."""
        return self.total > self._cap

    def text(self) -> str:
        """Return it as text, with a visible mark where it was cut."""
        text = b"".join(self._parts).decode(errors="replace")
        if self.cut:
            text += f"\n… (cut: {self.total} bytes, {self._cap} are kept)"
        return text


class Lines:
    """Hands on each line that is not blank, up to `cap` bytes in all, and keeps the last few."""

    def __init__(self, line: Callable[[str], None], *, cap: int = 200_000) -> None:
        self._line = line
        self._left = cap
        self._open = b""
        self._last = b""

    def __call__(self, data: bytes) -> bool:
        self._last = (self._last + data)[-_MAX_LINE_BYTES:]
        if self._left <= 0:
            return False
        *whole, self._open = (self._open + data[: self._left]).split(b"\n")
        self._left -= len(data)
        for line in whole:
            self._say(line)
        if len(self._open) > _MAX_LINE_BYTES:
            self.flush()
        if self._left <= 0:
            self.flush()
            self._line("… (more lines are left out)")
        return self._left > 0

    def flush(self) -> None:
        """Hand on the last line, which may lack its end."""
        self._say(self._open)
        self._open = b""

    def _say(self, line: bytes) -> None:
        text = line[:_MAX_LINE_BYTES].decode(errors="replace").rstrip()
        if text:
            self._line(text + (" …" if len(line) > _MAX_LINE_BYTES else ""))

    def tail(self, chars: int = 2_000) -> str:
        """Return the end of all that came, for an error."""
        return self._last.decode(errors="replace").strip()[-chars:]

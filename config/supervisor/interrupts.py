"""Ctrl-C, SIGTERM, SIGHUP and SIGCHLD, turned into a count and a readable file descriptor."""

from __future__ import annotations

import signal
import socket
import time
from types import FrameType, TracebackType
from typing import Any

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SAME_WISH_SECONDS = 0.5


class Interrupts:
    """Counts wishes to stop; `fd` becomes readable at every signal, SIGCHLD included.

    Two signals within half a second are one wish: a terminal and `make` may both pass on the
    same Ctrl-C. Works in the main thread only (signal(2) as Python has it).
    """

    def __init__(self) -> None:
        self.count = 0
        self._last = float("-inf")
        self._reader, self._writer = socket.socketpair()
        self._previous: dict[int, Any] = {}
        self._previous_fd = -1

    @property
    def fd(self) -> int:
        return self._reader.fileno()

    def __enter__(self) -> Interrupts:
        self._reader.setblocking(False)  # noqa: FBT003 -- the library's own signature
        self._writer.setblocking(False)  # noqa: FBT003
        for signum in _STOP_SIGNALS:
            self._previous[signum] = signal.signal(signum, self._stop_wanted)
        self._previous[signal.SIGCHLD] = signal.signal(
            signal.SIGCHLD, lambda *_: None
        )  # without a handler no byte is written to the wake-up descriptor
        self._previous_fd = signal.set_wakeup_fd(
            self._writer.fileno(), warn_on_full_buffer=False
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        signal.set_wakeup_fd(self._previous_fd)
        for signum, handler in self._previous.items():
            signal.signal(signum, handler)
        self._reader.close()
        self._writer.close()

    def drain(self) -> None:
        """Forget the wake-ups so far."""
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _stop_wanted(self, _signum: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last >= _SAME_WISH_SECONDS:
            self.count += 1
            self._last = now

"""Puts events on the bus from a thread of its own, so that no commit waits for Redis."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Iterable
from functools import cache

from notifications.bus_link import publish_all
from notifications.bus_message import EventMessage

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events that wait for a Redis that is away; then the oldest are dropped."""
_BATCH = 500
_PAUSE_SECONDS = 1.0
_EXIT_SECONDS = 2.0


class Publisher:
    """A bounded queue and the thread that empties it, started by the first event."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._waiting: deque[EventMessage] = deque()
        self._most = most
        self._changed = threading.Condition()
        self._busy = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """How many were not published because too many waited."""

    def put(self, messages: Iterable[EventMessage]) -> None:
        """Take these to be published; never waits."""
        with self._changed:
            if self._closed:
                return
            self._waiting.extend(messages)
            self._drop()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="publish events", daemon=True
                )
                self._thread.start()
                atexit.register(self.close)
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait at most so long until all are published. False: some are not."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, seconds)

    def close(self) -> None:
        """Publish what waits, within two seconds, and take no more."""
        self.flush(_EXIT_SECONDS)
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
        atexit.unregister(self.close)

    def _is_idle(self) -> bool:
        return not self._waiting and not self._busy

    def _drop(self) -> None:
        too_many = len(self._waiting) - self._most
        if too_many <= 0:
            return
        if not self.dropped:
            logger.warning("events are dropped: more than %d wait for Redis", self._most)  # fmt: skip
        for _ in range(too_many):
            self._waiting.popleft()
        self.dropped += too_many

    def _work(self) -> None:
        while batch := self._next():
            sent = _send(batch)
            with self._changed:
                self._busy = False
                if sent and self.dropped:
                    logger.warning("%d events were dropped", self.dropped)
                    self.dropped = 0
                self._changed.notify_all()
                if not sent:  # what was tried is lost; what comes now waits
                    self._changed.wait_for(lambda: self._closed, _PAUSE_SECONDS)

    def _next(self) -> list[EventMessage]:
        """The next batch; empty when there is to be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            batch = [
                self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))
            ]
            self._busy = bool(batch)
            return batch


def _send(batch: list[EventMessage]) -> bool:
    try:
        return publish_all([(each.channel, each.text()) for each in batch])
    except Exception:
        logger.exception("%d events cannot be published", len(batch))
        return True  # trying the next ones at once may well go better


def publisher() -> Publisher:
    """This process's publisher; a forked child has one of its own."""
    return _of_process(os.getpid())


@cache
def _of_process(pid: int) -> Publisher:
    return Publisher()


def forget() -> None:
    """Give up this process's publisher with what waits in it (for tests)."""
    if _of_process.cache_info().currsize:
        with publisher()._changed:  # noqa: SLF001 -- its own module
            publisher()._waiting.clear()  # noqa: SLF001
        publisher().close()
        _of_process.cache_clear()

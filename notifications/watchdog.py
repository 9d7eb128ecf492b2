"""The deadlines of all requests under way, kept by one thread of the process."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import weakref

from notifications.exchange import AnswerTimeout, Exchange


class _Watchdog:
    """One thread that stops every request at its deadline.

    The time limits of sockets start anew with each byte received, so a receiver that
    drips would never run into them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, weakref.ref[Exchange]]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def watch(self, exchange: Exchange) -> None:
        with self._changed:
            # Weak: most requests are over long before their deadline comes up.
            entry = (exchange.deadline, next(self._numbers), weakref.ref(exchange))
            heapq.heappush(self._waiting, entry)
            # A forked child has the object but not the thread.
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._run, name="transport-watchdog", daemon=True
                )
                self._thread.start()
            elif self._waiting[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                if not self._waiting:
                    self._changed.wait()
                elif (left := self._waiting[0][0] - time.monotonic()) > 0:
                    self._changed.wait(left)
                elif exchange := heapq.heappop(self._waiting)[2]():
                    exchange.stop(AnswerTimeout)
                    # Or the name would keep it alive until the next one is due.
                    del exchange


#: From now on, stop this exchange when its deadline has come.
watch = _Watchdog().watch

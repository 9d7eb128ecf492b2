"""One thread per worker process renews all its leases and notices cancels, in one query each.

It looks for cancels more often than it beats: who cancels a run waits for it. It also sees when
an agent blocks the event loop that all runs share, and names it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping

from django.db import Error, close_old_connections, connection

from scheduling import lifecycle

logger = logging.getLogger(__name__)

Leases = Mapping[uuid.UUID, uuid.UUID]

#: Seconds between two looks for cancels: a cancelled run is over within two seconds, of which a
#: child process may need one to end.
_LOOK_SECONDS = 0.25


class Heartbeat:
    """Calls `cancelled` for a run that somebody wants cancelled, `lost` for one that was lost.

    Both get the run's id and the lease token that it was held under.
    """

    def __init__(
        self,
        *,
        seconds: float,
        loop: asyncio.AbstractEventLoop,
        leases: Callable[[], Leases],
        cancelled: Callable[[uuid.UUID, uuid.UUID], None],
        lost: Callable[[uuid.UUID, uuid.UUID], None],
    ) -> None:
        self._seconds = seconds
        self._loop = loop
        self._leases = leases
        self._cancelled = cancelled
        self._lost = lost
        self._closed = threading.Event()
        self._answered = threading.Event()
        self._asked = time.monotonic()
        self._loop_thread = 0
        self._thread = threading.Thread(
            target=self._beat, name="heartbeat", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _beat(self) -> None:
        self._ask_loop()
        due = time.monotonic() + self._seconds
        while not self._closed.wait(min(self._seconds, _LOOK_SECONDS)):
            is_due = time.monotonic() >= due
            if is_due:
                due = time.monotonic() + self._seconds
            try:
                if is_due:
                    self._check_loop()
                if leases := self._leases():
                    (self._renew if is_due else self._look)(leases)
            except (
                Exception
            ):  # without it every run of this process would be taken away
                logger.exception("a heartbeat failed")
        connection.close()

    def _renew(self, leases: Leases) -> None:
        close_old_connections()
        try:
            held = lifecycle.renew(set(leases.values()))
        except Error as error:
            logger.warning("cannot renew %d leases: %s", len(leases), error)
            return
        for run_id, token in leases.items():
            if run_id not in held:
                self._lost(run_id, token)
            elif held[run_id]:
                self._cancelled(run_id, token)

    def _look(self, leases: Leases) -> None:
        close_old_connections()
        try:
            asked = lifecycle.asked_to_cancel(set(leases.values()))
        except Error as error:
            logger.warning("cannot look for cancels: %s", error)
            return
        for run_id in asked & leases.keys():
            self._cancelled(run_id, leases[run_id])

    def _ask_loop(self) -> None:
        self._answered.clear()
        self._asked = time.monotonic()
        self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self._loop_thread = threading.get_ident()
        self._answered.set()

    def _check_loop(self) -> None:
        """Name the agent that has kept the loop busy since the last beat."""
        if self._answered.is_set():
            self._ask_loop()
            return
        task = asyncio.current_task(self._loop)
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 -- the only way to look into another thread
        where = traceback.format_stack(frame)[-1].strip() if frame else "?"
        logger.error(
            "the event loop has been blocked for %.1f s by %s, at %s",
            time.monotonic() - self._asked,
            task.get_name() if task else "unknown",
            where,
        )

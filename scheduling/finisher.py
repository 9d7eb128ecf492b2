"""Writes the ends of runs: one thread per worker process, one transaction per batch.

A transaction costs the same for one run as for fifty, so whatever has ended while the last
batch was being written goes into the next one. A single run is written at once.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from concurrent.futures import Future

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from scheduling import lifecycle
from scheduling.agents.base import Usage
from scheduling.outcome import Outcome
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

_BATCH = 50
_PAUSES = (0.05, 0.2, 1.0)
"""Seconds between tries while the database is away; the last repeats."""

_Item = tuple[Outcome, "Future[None]"]


class Finisher:
    """`put()` an outcome; its future is done when it is written (or belongs to another)."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="finisher", daemon=True)
        self._thread.start()

    def put(self, outcome: Outcome) -> Future[None]:
        done: Future[None] = Future()
        self._queue.put((outcome, done))
        return done

    def close(self) -> None:
        """Write what was put before, then end. What an absent database will not take is lost."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            self._write([outcome for outcome, _ in batch])
            for _, done in batch:
                if done.set_running_or_notify_cancel():  # else nobody waits for it
                    done.set_result(None)
        connection.close()

    def _next_batch(self) -> list[_Item]:
        """Wait for an outcome and take what else is there. Empty: closed."""
        batch: list[_Item] = []
        while len(batch) < _BATCH:
            try:
                item = self._queue.get(block=not batch)
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)  # for the round after this batch
                break
            batch.append(item)
        return batch

    def _write(self, outcomes: list[Outcome]) -> None:
        """Write them together; if that fails for another reason than an absent database, apart."""
        try:
            self._finish(outcomes)
            return
        except Exception as error:  # noqa: BLE001 -- one bad result must not end the thread
            logger.warning("writing %d results one by one: %s", len(outcomes), error)
        for outcome in outcomes:
            try:
                self._finish([outcome])
            except Exception as error:  # noqa: BLE001 -- as above
                self._give_up(outcome, error)

    def _finish(self, outcomes: list[Outcome]) -> None:
        """Keep trying while the database is away: a result is paid for and must not be lost."""
        tries = 0
        while True:
            close_old_connections()
            try:
                lifecycle.finish(outcomes)
                return
            except (OperationalError, InterfaceError) as error:
                hopeless = self._closing.is_set() and tries >= len(_PAUSES)
                if hopeless or not _is_away(error):
                    raise
                logger.warning("%d results wait: %s", len(outcomes), error)
                time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1

    def _give_up(self, outcome: Outcome, cause: Exception) -> None:
        """Say on the run that its result cannot be stored; what it cost, if that can be."""
        logger.error("run %s: its result cannot be stored: %s", outcome.run_id, cause)
        for usage in (outcome.usage, Usage()):
            failed = Outcome(
                run_id=outcome.run_id,
                lease_token=outcome.lease_token,
                status=lifecycle.Status.FAILED,
                failure_reason="error",
                error=clean_text(f"The result cannot be stored: {cause}"),
                usage=usage,
            )
            try:
                self._finish([failed])
                return
            except Exception:
                logger.exception("run %s", outcome.run_id)
        # Its lease ends and it is rescued; there is nothing better to do here.


def _is_away(error: OperationalError | InterfaceError) -> bool:
    """Whether the same may pass later: the server is away, or a lock was lost.

    What is too large for PostgreSQL (SQLSTATE class 54) is an OperationalError too, and stays so.
    """
    return not str(getattr(error.__cause__, "sqlstate", "") or "").startswith("54")

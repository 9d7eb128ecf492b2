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
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)

from scheduling import lifecycle
from scheduling.lifecycle import Outcome
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

_BATCH = 50
_PAUSES = (0.05, 0.2, 1.0)
"""Seconds between tries while the database is away; the last repeats."""

_Item = tuple[Outcome, "Future[None]"]


class Finisher:
    """`put()` an outcome; its future is done when it is written (or belongs to another)."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="finisher", daemon=True)
        self._thread.start()

    def put(self, outcome: Outcome) -> Future[None]:
        done: Future[None] = Future()
        self._queue.put((outcome, done))
        return done

    def close(self) -> None:
        """Write what was put before, then end."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            self._write(batch)
            for _, done in batch:
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

    def _write(self, batch: list[_Item]) -> None:
        """Keep trying while the database is away: a result is paid for and must not be lost."""
        outcomes = [outcome for outcome, _ in batch]
        tries = 0
        while True:
            close_old_connections()
            try:
                lifecycle.finish(outcomes)
                return
            except DatabaseError as error:
                if not _is_away(error):
                    self._write_apart(outcomes, error)
                    return
                logger.warning("the results of %d runs wait: %s", len(batch), error)
                time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1
            except Exception as error:  # noqa: BLE001 -- one bad result must not end the thread
                self._write_apart(outcomes, error)
                return

    def _write_apart(self, outcomes: list[Outcome], cause: Exception) -> None:
        """One result that cannot be stored must not take the others with it."""
        if len(outcomes) > 1:
            for outcome in outcomes:
                self._write([(outcome, Future())])
            return
        (outcome,) = outcomes
        logger.error("run %s: its result cannot be stored: %s", outcome.run_id, cause)
        failed = Outcome(
            run_id=outcome.run_id,
            lease_token=outcome.lease_token,
            status=lifecycle.Status.FAILED,
            failure_reason="error",
            error=clean_text(f"The result cannot be stored: {cause}"),
            usage=outcome.usage,
        )
        try:
            lifecycle.finish([failed])
        except Exception:
            # Its lease ends and it is rescued; there is nothing better to do here.
            logger.exception("run %s is left to its rescue", outcome.run_id)


def _is_away(error: DatabaseError) -> bool:
    """Whether the same statement may pass later: the server is away, or a lock was lost."""
    return isinstance(error, OperationalError | InterfaceError)

"""What runs do on their way, written while they run: one thread per worker process.

It writes once a second whatever has happened in all runs of the process, in one transaction. What
is left when a run ends goes into the transaction that ends it (`Outcome.steps`), so that a final
run has all its steps. A run that records none costs nothing: the thread begins with the first step.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import Error as DatabaseTrouble
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.db.models import F

from scheduling.models import Run, Step
from scheduling.outcome import Outcome
from scheduling.recording import Record, RunRecorder

logger = logging.getLogger(__name__)

_SECONDS = 1.0
"""Between two flushes: how late a step is seen."""
_SHORT_WAIT = 10.0
"""Seconds without a step for which the thread keeps its database connection."""
_BATCH = 500
_CHANGING = [
    "kind", "status", "name", "text", "result", "input_tokens", "output_tokens", "cost",
    "started_at", "ended_at",
]  # fmt: skip

_Taken = dict[RunRecorder, dict[int, Record]]


class Steps:
    """Writes the steps of all runs of this process, about a second after they happen."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._changed: set[RunRecorder] = set()
        self._some = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def recorder(self, run: Run) -> RunRecorder:
        """Return the recorder of one try of `run`, which is leased."""
        return RunRecorder(run, self._note)

    def close(self) -> None:
        """Write what is there, and end."""
        self._closing.set()
        self._some.set()
        if self._thread is not None:
            self._thread.join()

    def _note(self, recorder: RunRecorder) -> None:
        with self._lock:
            self._changed.add(recorder)
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(
                    target=self._work, name="steps", daemon=True
                )
                self._thread.start()
        self._some.set()

    def _work(self) -> None:
        while not self._closing.is_set():
            if not self._some.wait(_SHORT_WAIT):
                connection.close()
                self._some.wait()
            self._closing.wait(self._seconds)
            self._some.clear()
            self._flush()
        connection.close()

    def _flush(self) -> None:
        """Write once; what an absent database does not take is written with the next flush."""
        with self._lock:
            recorders, self._changed = self._changed, set()
        taken: _Taken = {each: each.unwritten() for each in recorders}
        taken = {each: records for each, records in taken.items() if records}
        if not taken:
            return
        try:
            close_old_connections()
            _write_held(taken)
        except (OperationalError, InterfaceError) as error:
            logger.warning("the steps of %d runs wait: %s", len(taken), error)
            self._again(taken)
        except Exception:
            # Whatever it is, it would be the same next time.
            logger.exception("the steps of %d runs cannot be stored", len(taken))
            _drop(taken)
        else:
            # What was locked by somebody else, or has changed meanwhile, is still to be written.
            self._again(each for each in taken if each.unwritten())

    def _again(self, recorders: Iterable[RunRecorder]) -> None:
        late = set(recorders)
        if late:
            with self._lock:
                self._changed |= late
            self._some.set()


def _write_held(taken: _Taken) -> None:
    """Write the steps of the tries whose lease is still theirs; mark them as written.

    The runs are locked meanwhile, so that no old state of a step comes after the run's end. One
    that is being moved just now is left for the next time: nothing is waited for.
    """
    with transaction.atomic():
        running = Run.objects.select_for_update(skip_locked=True).filter(
            id__in=[each.lease[0] for each in taken], status=Run.Status.RUNNING
        )
        held = set(running.order_by("id").values_list("id", "lease_token"))
        ours = {each: records for each, records in taken.items() if each.lease in held}
        _upsert([record for records in ours.values() for record in records.values()])
    for recorder, records in ours.items():
        recorder.written(records)


def _drop(taken: _Taken) -> None:
    for recorder, records in taken.items():
        recorder.written(records)


def keep(tries: Iterable[Run], outcomes: Mapping[uuid.UUID, Outcome]) -> None:
    """Write what the steps of ended `tries` have left to write. In the open transaction.

    A step that cannot be stored must not cost the run its result. No query without steps.
    """
    left = [record for run in tries for record in outcomes[run.id].steps]
    if not left:
        return
    try:
        with transaction.atomic():
            _upsert(left)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseTrouble, ArithmeticError, ValueError):
        logger.exception("%d steps cannot be stored", len(left))


def _upsert(records: Sequence[Record]) -> None:
    _forget_unfinished_tries({each.run_id for each in records if each.number == 1})
    Step.objects.bulk_create(
        [record.row() for record in records],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["run", "attempt", "number"],
        update_fields=_CHANGING,
    )


def _forget_unfinished_tries(run_ids: Collection[uuid.UUID]) -> None:
    """Delete the steps of a try that was given back: this one has its number again."""
    if run_ids:
        same = Step.objects.filter(run_id__in=run_ids, attempt=F("run__attempt"))
        same.filter(started_at__lt=F("run__started_at")).delete()

"""The thread that writes ends: in batches, patiently, and one bad result alone."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from scheduling import finisher, lifecycle
from scheduling.finisher import Finisher
from scheduling.models import Run
from scheduling.outcome import Outcome
from tests.factories import make_run, make_task
from tests.scheduling.test_run_lifecycle import make

pytestmark = pytest.mark.django_db(transaction=True)


class Finish:
    """`lifecycle.finish`, with faults: `errors` are raised first, `refuses` fails each time."""

    def __init__(self, errors: Sequence[Exception] = (), refuses: Any = None) -> None:
        self.batches: list[int] = []
        self.errors = list(errors)
        self.refuses = refuses
        self.hold = threading.Event()
        self.hold.set()
        self._real = lifecycle.finish

    def __call__(self, outcomes: Sequence[Outcome]) -> Any:
        self.hold.wait(10)
        self.batches.append(len(outcomes))
        if self.errors:
            raise self.errors.pop(0)
        if any(o.run_id == self.refuses and o.output for o in outcomes):
            raise IntegrityError("no such place")
        return self._real(outcomes)


@pytest.fixture
def started(shared_database, monkeypatch):
    """`started(Finish(...))`: a finisher that writes through it."""
    made: list[Finisher] = []
    monkeypatch.setattr(finisher, "_PAUSES", (0.01, 0.02))

    def start(finish: Finish) -> Finisher:
        monkeypatch.setattr(lifecycle, "finish", finish)
        made.append(Finisher())
        return made[-1]

    yield start
    for each in made:
        each.close()


def success(run: Run, output: str = "well") -> Outcome:
    assert run.lease_token is not None
    return Outcome(
        run_id=run.id,
        lease_token=run.lease_token,
        status=Run.Status.SUCCEEDED,
        output=output,
    )


def test_an_outcome_is_written_before_its_future_is_done(started):
    run = make("running")
    started(Finish()).put(success(run)).result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "well")


def test_what_ended_while_a_batch_was_written_goes_into_the_next_one(started):
    task = make_task()
    runs = [make("running", task) for _ in range(60)]
    finish = Finish()
    finish.hold.clear()
    writer = started(finish)
    ends = [writer.put(success(run)) for run in runs]
    finish.hold.set()
    for end in ends:
        end.result(timeout=10)
    assert len(finish.batches) <= 4
    assert max(finish.batches) == 50
    task.refresh_from_db()
    assert task.run_count == 60


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the server closed the connection"),
        InterfaceError("connection already closed"),
    ],
)
def test_while_the_database_is_away_a_result_waits(started, error):
    run = make("running")
    started(Finish(errors=[error] * 4)).put(success(run)).result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "well")


def test_a_fault_that_passes_costs_no_result(started):
    run = make("running")
    finish = Finish(errors=[IntegrityError("a webhook was deleted a moment ago")])
    started(finish).put(success(run)).result(timeout=10)
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "well")


def test_one_result_that_cannot_be_stored_does_not_take_the_others_with_it(started):
    task = make_task()
    good, bad, other = (make("running", task) for _ in range(3))
    finish = Finish(refuses=bad.id)
    finish.hold.clear()
    writer = started(finish)
    ends = [writer.put(success(run)) for run in (good, bad, other)]
    finish.hold.set()
    for end in ends:
        end.result(timeout=10)
    for run in (good, bad, other):
        run.refresh_from_db()
    assert [good.status, other.status] == ["succeeded", "succeeded"]
    assert (bad.status, bad.failure_reason) == ("failed", "error")
    assert "no such place" in bad.error
    task.refresh_from_db()
    assert (task.run_count, task.failure_count) == (3, 1)


def test_a_run_that_belongs_to_another_is_passed_over(started):
    run = make("running")
    stale = Outcome(
        run_id=run.id, lease_token=uuid.uuid4(), status=Run.Status.SUCCEEDED
    )
    started(Finish()).put(stale).result(timeout=10)
    run.refresh_from_db()
    assert run.status == "running"


def test_an_end_that_nobody_waits_for_any_more_does_not_stop_the_thread(started):
    first, second = make("running"), make("running")
    finish = Finish()
    finish.hold.clear()
    writer = started(finish)
    assert writer.put(success(first)).cancel()
    end = writer.put(success(second))
    finish.hold.set()
    end.result(timeout=10)
    writer.put(success(make("running"))).result(timeout=10)
    first.refresh_from_db()
    assert first.status == "succeeded"


def test_closing_writes_what_was_put_before(started):
    runs = [make("running") for _ in range(3)]
    writer = started(Finish())
    for run in runs:
        writer.put(success(run))
    writer.close()
    assert set(Run.objects.values_list("status", flat=True)) == {"succeeded"}


def test_closing_while_the_database_is_away_ends(started, caplog):
    run = make("running")
    writer = started(Finish(errors=[OperationalError("away")] * 1000))
    writer.put(success(run))
    writer.close()
    assert "away" in caplog.text
    assert make_run().status == "queued"

"""What runs do on their way: recorded on the loop, written by a thread, whole when the run ends."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling import lifecycle, steps
from scheduling.agents.base import AgentResult, Usage
from scheduling.models import Run, Step
from scheduling.outcome import Outcome
from scheduling.recording import MOST_CHARS, MOST_STEPS, RunRecorder
from scheduling.steps import Steps
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.test_runner import backend, run_all
from tests.scheduling.threads import await_true, in_thread

__all__ = ["backend"]  # a fixture
pytestmark = pytest.mark.django_db(transaction=True)
COST = Decimal("0.001")


def leased(**fields):
    """A run that is running under a lease, its agent loaded with credentials."""
    now = timezone.now()
    agent = make_agent(
        id=f"a-{uuid.uuid4().hex[:6]}", credentials={"api_key": "sk-very-secret"}
    )
    given = {
        "status": "running", "attempt": 1, "started_at": now, "lease_token": uuid.uuid4(),
        "lease_expires_at": now + timedelta(minutes=1),
    }  # fmt: skip
    run = make_run(make_task(agent=agent), **(given | fields))
    assert run.agent is not None
    run.agent.credentials  # noqa: B018 -- loaded, as for a run under way
    return run


def ended(run: Run, recorder: RunRecorder, **fields) -> Outcome:
    given = {"status": Run.Status.SUCCEEDED, "steps": recorder.conclude()}
    return Outcome(run_id=run.id, lease_token=run.lease_token, **(given | fields))


@pytest.fixture
def writer(shared_database):
    writer = Steps(seconds=0.02)
    yield writer
    writer.close()


def rows(run):
    return list(run.steps.values_list("number", "kind", "name", "status"))


# -- written while the run goes on


def test_a_step_is_there_while_it_runs_and_changes_when_it_ends(writer):
    run = leased()
    handle = writer.recorder(run).begin("tool", "fetch_page", '{"url": "x"}')
    await_true(lambda: rows(run) == [(1, "tool", "fetch_page", "running")], "begun", 5)
    handle.end("the page", usage=Usage(input_tokens=3, cost=COST))
    await_true(
        lambda: rows(run) == [(1, "tool", "fetch_page", "succeeded")], "ended", 5
    )
    step = run.steps.get()
    assert (step.text, step.result, step.input_tokens, step.cost) == (
        '{"url": "x"}',
        "the page",
        3,
        COST,
    )
    assert step.ended_at >= step.started_at


def test_the_order_and_kinds_of_steps_are_kept(writer):
    run = leased()
    recorder = writer.recorder(run)
    recorder.progress("Looking around")
    recorder.begin("model", "gpt-x").fail("HTTP 500")
    recorder.begin("elsewhere", "x").end()
    wanted = [
        (1, "progress", "", "succeeded"),
        (2, "model", "gpt-x", "failed"),
        (3, "tool", "x", "succeeded"),
    ]
    await_true(lambda: rows(run) == wanted, "all written", 5)


def test_nothing_is_written_for_a_run_whose_lease_is_gone(writer):
    run, other = leased(), leased()
    recorder = writer.recorder(run)
    Run.objects.filter(id=run.id).update(lease_token=uuid.uuid4())
    recorder.progress("I am late")
    writer.recorder(other).progress("I am not")
    await_true(lambda: other.steps.count() == 1, "the other's is written", 5)
    assert not run.steps.exists()
    assert recorder.unwritten()
    recorder.conclude()
    assert not recorder.unwritten()


def test_steps_wait_for_a_database_that_is_away(writer, monkeypatch):
    run, away = leased(), threading.Event()
    real = steps._write_held
    tried = threading.Event()

    def write(taken):
        tried.set()
        if away.is_set():
            raise OperationalError("gone")
        real(taken)

    away.set()
    monkeypatch.setattr(steps, "_write_held", write)
    writer.recorder(run).progress("kept")
    assert tried.wait(5)
    away.clear()
    await_true(lambda: run.steps.count() == 1, "written later", 5)


def test_a_step_that_cannot_be_stored_does_not_stop_the_others(writer, monkeypatch):
    first, run = leased(), leased()
    calls = []
    real = steps._upsert

    def upsert(records):
        calls.append(records)
        if any(each.run_id == first.id for each in records):
            raise ValueError("bad")
        real(records)

    monkeypatch.setattr(steps, "_upsert", upsert)
    writer.recorder(first).progress("x")
    await_true(lambda: calls, "tried", 5)
    writer.recorder(run).progress("y")
    await_true(lambda: run.steps.count() == 1, "the next is written", 5)
    assert not first.steps.exists()


def test_the_steps_of_many_runs_take_a_constant_number_of_queries(writer):
    def queries(count):
        recorders = [Steps(seconds=60).recorder(leased()) for _ in range(count)]
        for each in recorders:
            each.progress("one")
            each.begin("tool", "x").end()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            steps._write_held({each: each.unwritten() for each in recorders})
        assert Step.objects.filter(run_id=recorders[0].lease[0]).count() == 2
        return len(seen)

    assert queries(2) == queries(6)


# -- at the end of a run


def test_what_is_not_written_yet_is_there_when_the_run_is_final():
    run = leased()
    recorder = Steps(seconds=60).recorder(run)
    recorder.begin("model", "m").end("said", usage=Usage(output_tokens=5))
    recorder.begin("tool", "never_ends")
    assert lifecycle.finish([ended(run, recorder)]) == [run.id]
    assert rows(run) == [
        (1, "model", "m", "succeeded"),
        (2, "tool", "never_ends", "failed"),
    ]


def test_steps_that_cannot_be_stored_do_not_cost_the_run_its_result(monkeypatch):
    run = leased()
    recorder = Steps(seconds=60).recorder(run)
    recorder.begin("model", "m").end(usage=Usage(cost=Decimal("1e20")))
    lifecycle.finish([ended(run, recorder, output="All well.")])
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "All well.")


def test_nothing_old_comes_after_the_end(writer):
    run = leased()
    recorder = writer.recorder(run)
    handle = recorder.begin("tool", "x")
    taken = {recorder: recorder.unwritten()}
    handle.end("done")
    lifecycle.finish([ended(run, recorder)])
    steps._write_held(taken)
    assert rows(run) == [(1, "tool", "x", "succeeded")]


def test_a_try_that_was_given_back_leaves_no_steps_in_the_one_that_has_its_number():
    run = leased()
    recorder = Steps(seconds=60).recorder(run)
    for text in "abc":
        recorder.progress(text)
    steps._write_held({recorder: recorder.unwritten()})
    lifecycle.give_back({run.id: run.lease_token})
    (again,) = lifecycle.claim([run.id], worker="w")
    fresh = Steps(seconds=60).recorder(again)
    fresh.progress("z")
    steps._write_held({fresh: fresh.unwritten()})
    assert list(run.steps.values_list("attempt", "number", "text")) == [(1, 1, "z")]


def test_each_try_has_steps_of_its_own():
    run = leased()
    for attempt in (1, 2):
        run.attempt = attempt
        recorder = Steps(seconds=60).recorder(run)
        recorder.progress(f"try {attempt}")
        steps._write_held({recorder: recorder.unwritten()})
    assert list(run.steps.values_list("attempt", "number", "text")) == [
        (1, 1, "try 1"),
        (2, 1, "try 2"),
    ]


def test_runs_without_steps_cost_nothing():
    run = leased()
    writer = Steps()
    recorder = writer.recorder(run)
    assert recorder.conclude() == []
    assert writer._thread is None
    with CaptureQueriesContext(connection) as seen:
        steps.keep([run], {run.id: ended(run, recorder)})
    assert not len(seen)


# -- what may be stored


def test_credentials_and_what_no_database_takes_are_taken_out():
    run = leased()
    recorder = Steps(seconds=60).recorder(run)
    recorder.begin("tool", "sk-very-secret", "sk-very\x00-secret").end(
        "it said sk-very-secret \ud800"
    )
    record = recorder.unwritten()[1]
    assert (record.name, record.text, record.result) == (
        "***",
        "***",
        "it said *** \ufffd",
    )


@pytest.mark.parametrize("length", [MOST_CHARS + 1, 6 * MOST_CHARS])
def test_long_texts_are_cut_with_a_mark(length):
    recorder = Steps(seconds=60).recorder(leased())
    recorder.progress("x" * length)
    text = recorder.unwritten()[1].text
    assert len(text) <= MOST_CHARS
    assert text.endswith(f"[… cut here: {length} characters in all]")


def test_what_comes_after_the_last_step_that_is_kept_is_counted():
    recorder = Steps(seconds=60).recorder(leased())
    for _ in range(MOST_STEPS + 5):
        recorder.begin("tool", "x").end()
    kept = recorder.unwritten()
    assert len(kept) == MOST_STEPS + 1
    assert kept[MOST_STEPS + 1].text.startswith("… and 5 more")
    assert recorder.spent.tool_calls == MOST_STEPS + 5


def test_a_recorder_never_raises():
    class Nasty:
        def __str__(self):
            raise RuntimeError("no")

    recorder = Steps(seconds=60).recorder(leased())
    recorder.progress(Nasty())
    handle = recorder.begin("tool", 7)
    handle.end(None)
    handle.fail("twice")
    recorder.conclude()
    recorder.progress("too late")
    assert not recorder.unwritten()


def test_what_the_steps_took_is_summed():
    recorder = Steps(seconds=60).recorder(leased())
    recorder.begin("model", "m").end(
        usage=Usage(requests=1, input_tokens=10, output_tokens=2, cost=COST, model="m")
    )
    recorder.begin("tool", "x").end()
    recorder.begin("tool", "y").fail("no", usage=Usage(cost=COST))
    recorder.begin("model", "m")
    wanted = Usage(
        requests=1,
        input_tokens=10,
        output_tokens=2,
        tool_calls=2,
        cost=2 * COST,
        model="m",
    )
    assert recorder.spent == wanted


# -- in a worker


def test_a_run_has_all_its_steps_when_it_is_final(worker, backend):
    async def invoke(request):
        request.recorder.progress("Reading")
        request.recorder.begin("model", "m").end("hello")
        return AgentResult(output="Done.")

    run = make_run(backend(invoke))
    run_all(worker, run)
    assert (run.status, rows(run)) == (
        "succeeded", [(1, "progress", "", "succeeded"), (2, "model", "m", "succeeded")],
    )  # fmt: skip


def test_a_cancelled_run_keeps_what_its_steps_took(worker, backend):
    async def invoke(request):
        request.recorder.begin("model", "m").end(
            usage=Usage(requests=1, input_tokens=7, cost=COST)
        )
        request.recorder.begin("tool", "wait")
        await asyncio.sleep(60)

    run = make_run(backend(invoke))
    done = in_thread(worker.run_chunk, [run.id])
    await_true(lambda: run.steps.count() == 2, "its steps are seen while it runs", 10)
    lifecycle.request_cancel(run)
    done.result(timeout=20)
    run.refresh_from_db()
    assert (run.status, run.input_tokens, run.requests, run.cost) == (
        "cancelled",
        7,
        1,
        COST,
    )
    assert run.steps.get(number=2).status == "failed"


def test_an_agent_that_breaks_without_a_word_has_used_what_its_steps_did(
    worker, backend
):
    async def invoke(request):
        request.recorder.begin("model", "m").end(
            usage=Usage(requests=1, input_tokens=7)
        )
        raise RuntimeError("oh")

    run = make_run(backend(invoke))
    run_all(worker, run)
    assert (run.status, run.input_tokens) == ("failed", 7)


def test_steps_go_with_their_run():
    run = leased()
    recorder = Steps(seconds=60).recorder(run)
    recorder.progress("x")
    lifecycle.finish([ended(run, recorder)])
    Run.objects.filter(id=run.id).delete()
    assert not Step.objects.exists()

"""A worker of this process, with real threads and a real event loop, on the echo backend."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from scheduling import agents, assembly, lifecycle, outcomes, process, runner
from scheduling.agents.base import (
    AgentBackend,
    AgentError,
    AgentRequest,
    AgentResult,
    Options,
)
from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.threads import await_status, await_true, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


def queue(count: int = 1, *, run: dict[str, Any] | None = None, **options: Any) -> Any:
    """Queue runs of a task whose agent is an echo with these options."""
    agent = make_agent(id=f"echo-{uuid.uuid4().hex[:6]}", options=options)
    task = make_task(agent=agent, overlap="allow")
    runs = [make_run(task, **(run or {})) for _ in range(count)]
    return runs[0] if count == 1 else runs


def run_all(worker: runner.Worker, *runs: Run) -> None:
    """Bring the runs as one message would, and wait for the last of them."""
    in_thread(worker.run_chunk, [run.id for run in runs]).result(timeout=30)
    for run in runs:
        run.refresh_from_db()


class Answers(Options):
    pass


@pytest.fixture
def backend(monkeypatch):
    """`backend(function)`: an agent that does what the coroutine function says."""
    real = agents.backend_class

    def install(invoke: Any) -> ScheduledTask:
        class Given(AgentBackend[Answers]):
            label = "given"
            options_class = Answers

            async def invoke(self, request: AgentRequest[Answers]) -> AgentResult:
                result: AgentResult = await invoke(request)
                return result

        monkeypatch.setitem(agents.AGENT_BACKENDS, "given", ("given", "none"))
        monkeypatch.setitem(agents._opened, "given", Given())
        monkeypatch.setattr(
            agents,
            "backend_class",
            lambda kind: {"given": Given}.get(kind) or real(kind),
        )
        return make_task(agent=make_agent(id="given", backend="given"))

    return install


# -- the ways a run ends


def test_what_the_agent_returns_is_the_output(worker):
    run = queue(reply="All well.")
    run_all(worker, run)
    assert (run.status, run.output, run.attempt) == ("succeeded", "All well.", 1)
    assert run.worker == worker.name
    assert (run.task.run_count, run.input_message) == (1, "Report.")


def test_a_run_is_done_once_however_often_it_is_rung(make_worker):
    workers = [make_worker(), make_worker()]
    runs = queue(30)
    ids = [run.id for run in runs]
    for each in [in_thread(w.run_chunk, ids) for w in (*workers, *workers)]:
        each.result(timeout=30)
    task = ScheduledTask.objects.get()
    assert (task.run_count, task.last_status) == (30, "succeeded")
    assert set(Run.objects.values_list("attempt", "status")) == {(1, "succeeded")}


def test_more_runs_than_places_all_have_their_turn(make_worker):
    runs = queue(12, delay_seconds=0.02)
    run_all(make_worker(worker_capacity=5), *runs)
    assert {run.status for run in runs} == {"succeeded"}


def test_runs_of_one_worker_wait_side_by_side(worker):
    runs = queue(20, delay_seconds=0.5)
    begun = time.monotonic()
    run_all(worker, *runs)
    assert time.monotonic() - begun < 5  # one after another would take ten


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        ("error", "error"),
        ("crash", "error"),
        ("timeout", "timeout"),
        ("budget", "budget"),
        ("invalid_output", "invalid_output"),
    ],
)
def test_an_agent_that_fails_for_good_fails_the_run_with_its_reason(
    worker, fail, reason
):
    run = queue(fail=fail)
    run_all(worker, run)
    assert (run.status, run.failure_reason) == ("failed", reason)
    assert "echo was told" in run.error
    assert "Traceback" in run.error_trace


def test_a_failure_that_may_pass_is_tried_again_no_sooner_than_asked(worker):
    run = queue(fail="retryable", retry_after_seconds=40)
    run_all(worker, run)
    assert (run.status, run.attempt, run.finished_at) == ("queued", 1, None)
    wait = run.next_attempt_at - timezone.now()
    assert timedelta(seconds=35) < wait <= timedelta(seconds=40)


def test_a_provider_that_asks_for_an_absurd_pause_gets_hours_not_years(worker):
    run = queue(fail="retryable", retry_after_seconds=1e300)
    run_all(worker, run)
    assert run.status == "queued"
    assert run.next_attempt_at < timezone.now() + timedelta(hours=7)


def test_the_next_try_may_succeed(worker):
    run = queue(fail="retryable", fail_times=1)
    run_all(worker, run)
    Run.objects.update(next_attempt_at=timezone.now())
    run_all(worker, run)
    assert (run.status, run.attempt, run.error) == ("succeeded", 2, "")


def test_when_the_tries_are_used_up_the_run_has_failed(worker):
    run = queue(fail="retryable", run={"max_attempts": 1})
    run_all(worker, run)
    assert (run.status, run.failure_reason) == ("failed", "error")


def test_the_deadline_stops_the_agent(worker):
    run = queue(fail="hang", run={"deadline_seconds": 1})
    begun = time.monotonic()
    run_all(worker, run)
    assert 0.9 < time.monotonic() - begun < 5
    assert (run.status, run.failure_reason) == ("failed", "timeout")
    assert "deadline of 1 s" in run.error


def test_an_agent_that_swallows_its_cancellation_is_given_up_and_the_worker_goes_on(
    make_worker, monkeypatch, caplog
):
    monkeypatch.setattr(runner, "_STOP_GRACE", 0.1)
    worker = make_worker(worker_capacity=1)
    stubborn = queue(fail="hang_swallow", delay_seconds=3, run={"deadline_seconds": 1})
    run_all(worker, stubborn)
    assert (stubborn.status, stubborn.failure_reason) == ("failed", "timeout")
    assert f"run {stubborn.id} does not stop" in caplog.text
    following = queue(reply="next")
    run_all(worker, following)
    assert following.output == "next"


def test_a_cancel_while_it_runs_is_noticed_within_a_heartbeat(worker):
    run = queue(fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    lifecycle.request_cancel(run)
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("cancelled", "")


def test_a_cancel_does_not_wait_for_the_next_heartbeat(make_worker):
    worker = make_worker(heartbeat_seconds=60.0, lease_seconds=120)
    run = queue(fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    lifecycle.request_cancel(run)
    chunk.result(timeout=2)
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_run_whose_lease_was_lost_writes_nothing(worker):
    run = queue(fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    theirs = uuid.uuid4()
    Run.objects.filter(id=run.id).update(lease_token=theirs)
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.lease_token, run.task.run_count) == ("running", theirs, 0)


def test_a_run_that_comes_back_while_its_old_try_still_runs_is_kept_alive(make_worker):
    worker = make_worker(heartbeat_seconds=0.2, lease_seconds=20)
    run = queue(fail="hang", fail_times=1)
    old = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    Run.objects.filter(id=run.id).update(
        status="queued", lease_token=None, lease_expires_at=None
    )
    run_all(worker, run)
    old.result(timeout=5)
    assert (run.status, run.attempt) == ("succeeded", 2)
    assert worker.leases() == {}


def test_an_agent_that_tries_to_end_the_process_fails_alone(worker, backend):
    async def leave(request: Any) -> AgentResult:
        raise SystemExit(3)

    run = make_run(backend(leave))
    run_all(worker, run)
    assert (run.status, run.failure_reason) == ("failed", "error")
    assert "tried to end its worker" in run.error
    healthy = queue()
    run_all(worker, healthy)
    assert healthy.status == "succeeded"


# -- what agents return


def test_what_no_database_can_store_is_stored_cleaned(worker, backend):
    async def answer(request: Any) -> AgentResult:
        return AgentResult(
            output="a\x00b\ud800c",
            output_type="te\x00xt",
            data={"n": float("nan"), "t": "\x00\udfff", "huge": 10**400},
            metadata={"\x00k": float("inf")},
            state={"s": "\ud800"},
        )

    run = make_run(backend(answer))
    run_all(worker, run)
    assert (run.status, run.output, run.output_type) == ("succeeded", "ab�c", "text")
    assert (run.output_data["n"], run.output_data["t"]) == (None, "�")
    assert run.metadata == {"k": None}
    assert run.task.state == {"s": "�"}


def test_what_no_database_can_store_is_cleaned_in_errors_too(worker, backend):
    async def fail(request: Any) -> AgentResult:
        raise AgentError("bad \x00 \ud800 bytes")

    run = make_run(backend(fail))
    run_all(worker, run)
    assert (run.status, run.error) == ("failed", "bad  � bytes")
    assert "\x00" not in run.error_trace


@pytest.mark.parametrize("retryable", [True, False])
def test_credentials_never_stand_in_an_error(worker, backend, retryable):
    async def fail(request: Any) -> AgentResult:
        key = request.credentials["api_key"]
        raise AgentError(f"refused: {key}", retryable=retryable) from ValueError(key)

    task = backend(fail)
    task.agent.credentials = {"api_key": "a-secret-key", "short": "refus"}
    task.agent.save()
    run = make_run(task, max_attempts=3)
    run_all(worker, run)
    assert run.error.endswith("refused: ***")
    assert "a-secret-key" not in run.error_trace
    assert ("ValueError: ***" in run.error_trace) is not retryable


@pytest.mark.parametrize(
    ("result", "on_loop"),
    [
        (AgentResult(output="x", data={"a": [1, 2]}), True),
        (AgentResult(output="x" * 100_000), False),
        (AgentResult(output="x", data={"a": list(range(100_000))}), False),
        (AgentResult(output="x", metadata={"a": {"b": "x" * 100_000}}), False),
    ],
)
def test_a_large_result_is_not_cleaned_on_the_loop(
    worker, backend, monkeypatch, result, on_loop
):
    real, threads = outcomes.outcome_of, []

    def outcome_of(run: Any, task: Any) -> Any:
        threads.append(threading.current_thread().name)
        return real(run, task)

    async def answer(request: Any) -> Any:
        return result

    monkeypatch.setattr(runner, "outcome_of", outcome_of)
    run = make_run(backend(answer))
    run_all(worker, run)
    assert run.status == "succeeded"
    assert (threads == ["agents"]) is on_loop


def test_an_error_that_cannot_be_printed_still_ends_the_run(worker, backend):
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    async def fail(request: Any) -> AgentResult:
        raise Unspeakable

    run = make_run(backend(fail))
    run_all(worker, run)
    assert (run.status, run.error) == ("failed", "Unspeakable")


@pytest.mark.parametrize("answer", [None, "text", AgentResult(output=None)])
def test_an_agent_that_returns_something_else_has_failed(worker, backend, answer):
    async def give(request: Any) -> Any:
        return answer

    run = make_run(backend(give))
    run_all(worker, run)
    assert (run.status, run.failure_reason) == ("failed", "invalid_output")


def test_an_output_beyond_the_cap_is_cut_and_says_so(make_worker):
    run = queue(reply="x" * 5000)
    run_all(make_worker(max_output_chars=1000), run)
    assert (run.status, run.output_truncated) == ("succeeded", True)
    assert len(run.output) == 1000
    assert "5000 characters" in run.output


def test_usage_that_no_column_takes_is_cut_to_what_one_takes(worker, backend):
    from scheduling.agents.base import Usage

    async def answer(request: Any) -> AgentResult:
        return AgentResult(
            output="x", usage=Usage(input_tokens=-(10**30), output_tokens=10**30)
        )

    run = make_run(backend(answer))
    run_all(worker, run)
    assert (run.status, run.output) == ("succeeded", "x")
    assert (run.input_tokens, run.output_tokens) == (0, 2**31 - 1)


# -- rows that are not as they should be


def test_a_wrong_credential_key_fails_only_that_agents_runs(worker):
    good, locked = queue(), queue()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_agent SET credentials='enc1:garbage' WHERE id=%s",
            [locked.agent_id],
        )
    locked = Run.objects.defer("agent__credentials").get(id=locked.id)
    run_all(worker, good, locked)
    assert good.status == "succeeded"
    assert (locked.status, locked.failure_reason) == ("failed", "error")
    assert "FIELD_ENCRYPTION_KEYS" in locked.error


def test_a_prompt_that_cannot_be_made_fails_only_its_run(worker):
    good, bad = queue(), queue()
    ScheduledTask.objects.filter(id=bad.task_id).update(timezone="Mars/Olympus")
    run_all(worker, good, bad)
    assert good.status == "succeeded"
    assert (bad.status, bad.failure_reason) == ("failed", "error")
    assert "Mars" in bad.error


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ({"backend": "gone"}, "'gone' is no agent backend"),
        ({"options": {"unknown": 1}}, "unknown"),
    ],
)
def test_an_agent_that_cannot_be_invoked_fails_its_run(worker, agent, said):
    run = queue()
    type(run.agent).objects.filter(id=run.agent_id).update(**agent)
    run_all(worker, run)
    assert (run.status, run.failure_reason) == ("failed", "error")
    assert said in run.error


def test_a_run_of_a_deleted_task_fails(worker):
    run = queue()
    run.task.delete()
    run_all(worker, run)
    assert (run.status, run.error) == ("failed", "Its task or its agent was deleted.")


def test_a_database_that_fails_at_the_claim_costs_no_place(make_worker, monkeypatch):
    worker = make_worker(worker_capacity=2)
    real, calls = lifecycle.claim, []

    def claim(run_ids: Any, *, worker: str) -> list[Run]:
        calls.append(run_ids)
        if len(calls) < 4:
            raise OperationalError("the server closed the connection")
        return real(run_ids, worker=worker)

    monkeypatch.setattr(lifecycle, "claim", claim)
    runs = queue(2)
    for _ in range(3):
        with pytest.raises(OperationalError):
            run_all(worker, *runs)
    run_all(worker, *runs)
    assert {run.status for run in runs} == {"succeeded"}


def test_runs_whose_prompts_cannot_be_read_are_given_back(make_worker, monkeypatch):
    worker = make_worker(worker_capacity=2)
    real = assembly.prepare

    def prepare(claimed: Any) -> Any:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(runner, "prepare", prepare)
    runs = queue(2)
    with pytest.raises(OperationalError):
        run_all(worker, *runs)
    assert set(Run.objects.values_list("status", "attempt")) == {("queued", 0)}
    monkeypatch.setattr(runner, "prepare", real)
    run_all(worker, *runs)
    assert {run.status for run in runs} == {"succeeded"}


# -- stopping


def test_a_stopping_worker_lets_its_runs_finish(make_worker):
    worker = make_worker(drain_seconds=20)
    run = queue(delay_seconds=0.5)
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    worker.stop()
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("succeeded", 1)


def test_what_does_not_finish_in_time_is_given_back_with_the_same_attempt(make_worker):
    worker = make_worker(drain_seconds=0.1)
    run = queue(fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    worker.stop()
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("queued", 0, None)
    assert run.next_attempt_at <= timezone.now()


def test_a_run_claimed_while_the_worker_stops_is_given_back_too(
    make_worker, monkeypatch
):
    worker = make_worker(drain_seconds=0.1)
    real = lifecycle.claim

    def slow_claim(run_ids: Any, *, worker: str) -> list[Run]:
        claimed = real(run_ids, worker=worker)
        time.sleep(0.5)  # the drain takes its first look meanwhile
        return claimed

    monkeypatch.setattr(lifecycle, "claim", slow_claim)
    run = queue(fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    worker.stop()
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("queued", 0)


def test_a_stopping_worker_claims_nothing_and_rings_for_what_it_leaves(
    make_worker, monkeypatch
):
    rung: list[uuid.UUID] = []
    worker = make_worker(worker_capacity=1, drain_seconds=0.1)
    monkeypatch.setattr(runner, "ring", rung.extend)
    runs = queue(3, fail="hang")
    chunk = in_thread(worker.run_chunk, [run.id for run in runs])
    await_true(worker.leases, "the first run runs")
    worker.stop()
    chunk.result(timeout=5)
    assert sorted(rung) == sorted(run.id for run in runs)
    assert set(Run.objects.values_list("status", "attempt")) == {("queued", 0)}
    run_all(worker, *runs)
    assert {run.status for run in runs} == {"queued"}


def test_a_result_that_waits_to_be_written_is_not_thrown_away_by_the_drain(
    make_worker, monkeypatch
):
    worker = make_worker(drain_seconds=0.1)
    real = lifecycle.finish

    def slow_finish(outcomes: Any) -> Any:
        time.sleep(0.5)
        return real(outcomes)

    monkeypatch.setattr(lifecycle, "finish", slow_finish)
    run = queue(reply="paid for")
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    worker.stop()
    chunk.result(timeout=5)
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "paid for")


def test_closing_does_not_wait_for_an_agent_that_will_not_end(make_worker, monkeypatch):
    monkeypatch.setattr(runner, "_STOP_GRACE", 0.1)
    worker = make_worker(drain_seconds=0.1)
    run = queue(fail="hang_swallow", delay_seconds=2)
    chunk = in_thread(worker.run_chunk, [run.id])
    await_status(run, "running")
    worker.stop()
    chunk.result(timeout=5)
    begun = time.monotonic()
    worker.close()
    assert time.monotonic() - begun < 1.5
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("queued", 0)


def test_an_agent_that_blocks_the_event_loop_is_named_in_the_log(make_worker, caplog):
    worker = make_worker(heartbeat_seconds=0.1)
    run = queue(block=True, delay_seconds=0.6)
    with caplog.at_level(logging.ERROR, "scheduling.heartbeat"):
        run_all(worker, run)
    assert run.status == "succeeded"
    assert "the event loop has been blocked" in caplog.text
    assert f"agent {run.agent_id} in run {run.id}" in caplog.text
    assert "echo.py" in caplog.text


def test_the_process_has_one_worker_that_stops_and_closes(shared_database, configure):
    configure("SCHEDULING", drain_seconds=0.1)
    one = process.worker()
    assert process.worker() is one
    process.stop_worker()
    process.close_worker()
    process.close_worker()
    other = process.worker()
    try:
        assert other is not one
    finally:
        process.close_worker()

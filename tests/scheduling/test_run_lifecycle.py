"""The run's table of moves: each is fenced, and there are no others."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from notifications.models import ChatMessage, ChatSession, Delivery
from scheduling import lifecycle
from scheduling.agents.base import Usage
from scheduling.models import Run, ScheduledTask, Spending
from scheduling.outcome import Outcome
from tests.factories import make_run, make_task, make_webhook
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db
Status = Run.Status
FINAL = ("succeeded", "failed", "cancelled", "skipped")


def make(status: str, task: ScheduledTask | None = None, **fields: Any) -> Run:
    """A run in that status with what the constraints ask for."""
    now = timezone.now()
    extra: dict[str, Any] = {"status": status}
    if status == "running":
        extra |= {
            "lease_token": uuid.uuid4(),
            "lease_expires_at": now + timedelta(seconds=20),
            "attempt": 1,
            "started_at": now,
        }
    if status in FINAL:
        extra["finished_at"] = now
    if status == "failed":
        extra["failure_reason"] = "error"
    if status == "skipped":
        extra["skip_reason"] = "missed"
    return make_run(task, **(extra | fields))


def outcome(run: Run, status: str, **fields: Any) -> Outcome:
    if status == "failed":
        fields = {"failure_reason": "error", "error": "boom"} | fields
    return Outcome(
        run_id=run.id,
        lease_token=run.lease_token or uuid.uuid4(),
        status=Status(status),
        **fields,
    )


def as_stored(run: Run) -> dict[str, Any]:
    return Run.objects.values().get(id=run.id)


# -- the table

MOVES = {
    "claim": lambda run: lifecycle.claim([run.id], worker="w"),
    "succeed": lambda run: lifecycle.finish([outcome(run, "succeeded", output="x")]),
    "fail": lambda run: lifecycle.finish([outcome(run, "failed")]),
    "cancelled": lambda run: lifecycle.finish([outcome(run, "cancelled")]),
    "again": lambda run: lifecycle.finish(
        [outcome(run, "queued", next_attempt_at=timezone.now())]
    ),
    "give_back": lambda run: lifecycle.give_back({run.id: run.lease_token}),
    "request_cancel": lifecycle.request_cancel,
}
TABLE = {
    ("queued", "claim"): "running",
    ("running", "succeed"): "succeeded",
    ("running", "fail"): "failed",
    ("running", "cancelled"): "cancelled",
    ("running", "again"): "queued",
    ("running", "give_back"): "queued",
    ("queued", "request_cancel"): "cancelled",
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("status", ["queued", "running", *FINAL])
def test_a_move_of_the_table_happens_and_no_other(status, move):
    run = make(status)
    before = as_stored(run)
    moved = MOVES[move](run)
    after = as_stored(run)
    if (status, move) in TABLE:
        assert moved
        assert after["status"] == TABLE[status, move]
    elif (status, move) == ("running", "request_cancel"):
        assert moved  # noted, for its worker to see
        assert after.pop("cancel_requested_at") is not None
        assert before.items() >= after.items()
    else:
        assert not moved
        assert after == before


# -- claiming


def test_a_claim_counts_the_try_and_leases_the_run(configure):
    configure("SCHEDULING", lease_seconds=20)
    run = make("queued")
    (claimed,) = lifecycle.claim([run.id], worker="host:1")
    assert (claimed.attempt, claimed.worker) == (1, "host:1")
    assert claimed.started_at is not None
    assert claimed.lease_expires_at - claimed.started_at == timedelta(seconds=20)


def test_a_run_that_is_not_due_yet_cannot_be_claimed():
    run = make("queued", next_attempt_at=timezone.now() + timedelta(seconds=5))
    assert lifecycle.claim([run.id], worker="w") == []


def test_a_second_claim_of_the_same_run_gets_nothing():
    run = make("queued")
    assert len(lifecycle.claim([run.id], worker="one")) == 1
    assert lifecycle.claim([run.id], worker="two") == []
    run.refresh_from_db()
    assert (run.worker, run.attempt) == ("one", 1)


def test_two_workers_claiming_the_same_runs_at_once_share_them(shared_database):
    task = make_task(overlap="allow")
    ids = [make("queued", task).id for _ in range(50)]
    claims = [in_thread(lifecycle.claim, ids, worker=name) for name in "ab"]
    taken = [run.id for claim in claims for run in claim.result(timeout=60)]
    assert sorted(taken) == sorted(ids)


def test_claiming_25_runs_takes_three_queries(django_assert_num_queries):
    # The first asks whether a place or a budget limits any of them.
    task = make_task()
    ids = [make("queued", task).id for _ in range(25)]
    with django_assert_num_queries(3):
        claimed = lifecycle.claim(ids, worker="w")
        assert {run.task.agent_id for run in claimed} == {"echo"}


# -- leases


def test_renewing_extends_the_lease_and_tells_of_cancels():
    soon = timezone.now() + timedelta(seconds=1)
    one = make("running", lease_expires_at=soon)
    other = make("running", lease_expires_at=soon, cancel_requested_at=timezone.now())
    held = lifecycle.renew([one.lease_token, other.lease_token])
    assert held == {one.id: False, other.id: True}
    one.refresh_from_db()
    assert one.lease_expires_at > soon


def test_a_lease_that_was_taken_over_is_not_renewed():
    run = make("running")
    assert lifecycle.renew([uuid.uuid4()]) == {}
    assert run.lease_token in {r.lease_token for r in Run.objects.all()}


def test_a_run_given_back_waits_again_and_its_try_does_not_count():
    run = make("running", attempt=2)
    assert lifecycle.give_back({run.id: run.lease_token}) == [run.id]
    run.refresh_from_db()
    assert (run.status, run.attempt, run.lease_token) == ("queued", 1, None)
    assert run.next_attempt_at <= timezone.now()


def test_a_stale_token_gives_nothing_back():
    run = make("running")
    assert lifecycle.give_back({run.id: uuid.uuid4()}) == []
    run.refresh_from_db()
    assert run.status == "running"


# -- finishing


def test_a_stale_token_finishes_nothing_and_leaves_no_trace():
    task = make_task(target_user_id="45")
    make_webhook(task)
    run = make("running", task)
    before = as_stored(run)
    stale = Outcome(
        run_id=run.id,
        lease_token=uuid.uuid4(),
        status=Status.SUCCEEDED,
        output="too late",
        state={"seen": 1},
    )
    assert lifecycle.finish([stale]) == []
    assert as_stored(run) == before
    task.refresh_from_db()
    assert (task.run_count, task.state) == (0, {})
    assert not Delivery.objects.exists()
    assert not ChatSession.objects.exists()


@pytest.mark.parametrize("stale_last", [True, False])
def test_a_stale_outcome_in_a_batch_does_not_displace_the_valid_one(stale_last):
    run = make("running")
    valid = outcome(run, "succeeded", output="new")
    stale = Outcome(
        run_id=run.id,
        lease_token=uuid.uuid4(),
        status=Status.SUCCEEDED,
        output="old",
    )
    batch = [valid, stale] if stale_last else [stale, valid]
    assert lifecycle.finish(batch) == [run.id]
    run.refresh_from_db()
    assert (run.status, run.output) == ("succeeded", "new")


def test_a_worker_whose_run_was_given_to_another_cannot_finish_it():
    run = make("running")
    lifecycle.give_back({run.id: run.lease_token})
    (theirs,) = lifecycle.claim([run.id], worker="other")
    assert lifecycle.finish([outcome(run, "succeeded", output="old")]) == []
    assert lifecycle.finish([outcome(theirs, "succeeded", output="new")]) == [run.id]
    run.refresh_from_db()
    assert run.output == "new"


def test_a_success_stores_output_usage_state_session_and_deliveries():
    task = make_task(target_user_id="45")
    hook = make_webhook(task)
    run = make("running", task, input_message="Report.", user_id="45")
    lifecycle.finish(
        [
            outcome(
                run,
                "succeeded",
                output="All well.",
                output_type="report",
                output_data={"n": 1},
                metadata={"ticker": "VNM"},
                usage=Usage(
                    requests=1,
                    input_tokens=2,
                    output_tokens=3,
                    tool_calls=4,
                    cost=Decimal("0.01"),
                    model="m",
                ),
                state={"seen": 1},
            )
        ]
    )
    run.refresh_from_db()
    task.refresh_from_db()
    assert (run.status, run.output, run.output_type) == (
        "succeeded",
        "All well.",
        "report",
    )
    assert (run.output_data, run.metadata) == ({"n": 1}, {"ticker": "VNM"})
    assert (run.requests, run.input_tokens, run.output_tokens) == (1, 2, 3)
    assert (run.tool_calls, run.cost, run.model) == (4, Decimal("0.01"), "m")
    assert (run.lease_token, run.lease_expires_at) == (None, None)
    assert run.finished_at is not None
    assert (task.run_count, task.last_status, task.state) == (
        1,
        "succeeded",
        {"seen": 1},
    )
    delivery = Delivery.objects.get()
    assert (delivery.run_id, delivery.webhook_id) == (run.id, hook.id)
    assert delivery.payload["content"] == {"n": 1}
    assert delivery.payload["metadata"]["ticker"] == "VNM"
    said = ChatMessage.objects.order_by("id").values_list("role", "content")
    assert list(said) == [("user", "Report."), ("assistant", "All well.")]


def test_a_failure_is_told_with_its_reason_and_counted():
    task = make_task(target_user_id="45")
    make_webhook(task, notify_on="failure")
    make_webhook(task, notify_on="success")
    run = make("running", task, user_id="45")
    lifecycle.finish([outcome(run, "failed", failure_reason="timeout", error="slow")])
    task.refresh_from_db()
    assert (task.run_count, task.failure_count, task.consecutive_failures) == (1, 1, 1)
    delivery = Delivery.objects.get()
    assert delivery.payload["output_type"] == "error"
    assert delivery.payload["metadata"]["failure_reason"] == "timeout"
    assert "slow" in ChatMessage.objects.get(role="assistant").content


def test_a_cancelled_run_is_counted_and_told_to_nobody():
    task = make_task(target_user_id="45")
    make_webhook(task)
    run = make("running", task, user_id="45")
    lifecycle.finish([outcome(run, "cancelled")])
    task.refresh_from_db()
    assert (task.run_count, task.failure_count, task.last_status) == (1, 0, "cancelled")
    assert not Delivery.objects.exists()
    assert not ChatSession.objects.exists()


def test_another_try_is_queued_for_its_time_and_nothing_is_counted_or_told():
    task = make_task(target_user_id="45")
    make_webhook(task)
    run = make("running", task)
    later = timezone.now() + timedelta(seconds=30)
    lifecycle.finish([outcome(run, "queued", error="Try 1", next_attempt_at=later)])
    run.refresh_from_db()
    task.refresh_from_db()
    assert (run.status, run.next_attempt_at, run.attempt) == ("queued", later, 1)
    assert (run.finished_at, run.lease_token, run.error) == (None, None, "Try 1")
    assert (task.run_count, Delivery.objects.count()) == (0, 0)


def test_tokens_of_a_try_that_failed_are_added_up():
    run = make("running")
    spent = Usage(input_tokens=10, cost=Decimal("0.5"), model="m")
    lifecycle.finish(
        [outcome(run, "queued", next_attempt_at=timezone.now(), usage=spent)]
    )
    (again,) = lifecycle.claim([run.id], worker="w")
    lifecycle.finish([outcome(again, "succeeded", usage=spent)])
    run.refresh_from_db()
    assert (run.input_tokens, run.cost) == (20, Decimal("1.0"))


@pytest.mark.parametrize("model", ["m\0", "m\ud800", "m" * 500])
def test_whatever_an_agent_says_it_took_its_output_is_kept_and_its_cost_is_counted(
    model,
):
    run = make("running")
    said = Usage(input_tokens=10**30, tool_calls=-1, cost=Decimal("1e30"), model=model)
    later = timezone.now()
    lifecycle.finish([outcome(run, "queued", next_attempt_at=later, usage=said)])
    (again,) = lifecycle.claim([run.id], worker="w")
    lifecycle.finish([outcome(again, "succeeded", output="Well.", usage=said)])
    run.refresh_from_db()
    assert (run.output, run.model[0], run.tool_calls) == ("Well.", "m", 0)
    assert (run.input_tokens, run.cost) == (2**31 - 1, Decimal(999_999))
    assert Spending.objects.get(scope="task").cost == 2 * 999_999


def test_a_cancel_that_was_asked_for_ends_a_run_instead_of_another_try():
    run = make("running", cancel_requested_at=timezone.now())
    lifecycle.finish([outcome(run, "queued", next_attempt_at=timezone.now())])
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("cancelled", "")


def test_counters_are_exact_with_several_runs_of_one_task_in_a_batch():
    task, other = make_task(), make_task()
    ends = ["succeeded", "failed", "failed", "succeeded", "cancelled"]
    outcomes = [outcome(make("running", task), each) for each in ends]
    outcomes.append(outcome(make("running", other), "failed"))
    lifecycle.finish(outcomes)
    task.refresh_from_db()
    other.refresh_from_db()
    assert (task.run_count, task.failure_count) == (5, 2)
    assert (other.run_count, other.failure_count, other.consecutive_failures) == (
        1,
        1,
        1,
    )


def test_a_success_ends_a_streak_of_failures():
    task = make_task(consecutive_failures=4, failure_count=4)
    lifecycle.finish([outcome(make("running", task), "succeeded")])
    task.refresh_from_db()
    assert (task.consecutive_failures, task.failure_count) == (0, 4)


def test_a_batch_of_fifty_takes_a_constant_number_of_queries(
    django_assert_max_num_queries,
):
    task = make_task(target_user_id="45")
    make_webhook(task)
    outcomes = [
        outcome(make("running", task, user_id="45"), "succeeded", state={"n": n})
        for n in range(50)
    ]
    # SQLite takes a thousand values a statement, so fifty rows are a few statements.
    with django_assert_max_num_queries(19):  # PostgreSQL locks the task, too
        assert len(lifecycle.finish(outcomes)) == 50


@pytest.mark.django_db(transaction=True)
def test_when_anything_in_finishing_fails_nothing_is_written():
    task = make_task(target_user_id="45")
    make_webhook(task)
    run, other = (make("running", task, user_id="45") for _ in range(2))
    ChatSession.objects.create(user_id="45", run_id=other.id, title="in the way")
    before = [as_stored(each) for each in (run, other)]

    with pytest.raises(IntegrityError):
        lifecycle.finish([outcome(each, "succeeded") for each in (run, other)])

    assert [as_stored(each) for each in (run, other)] == before
    task.refresh_from_db()
    assert (task.run_count, task.last_status) == (0, "")
    assert not Delivery.objects.exists()
    assert ChatSession.objects.count() == 1


def test_a_run_of_a_deleted_task_can_still_end():
    task = make_task()
    run = make("running", task)
    task.delete()
    assert lifecycle.finish([outcome(run, "succeeded", output="x")]) == [run.id]
    run.refresh_from_db()
    assert (run.status, run.task_id, run.task_ref) == (
        "succeeded",
        None,
        task.id or run.task_ref,
    )


def test_two_workers_finishing_runs_of_the_same_tasks_at_once_count_them_all(
    shared_database,
):
    tasks = [make_task() for _ in range(8)]
    batches = []
    for order in (tasks, tasks[::-1]):
        ends = ["succeeded", "failed"] * 4
        batches.append(
            [
                [
                    outcome(make("running", task), end)
                    for task, end in zip(order, ends, strict=True)
                ]
                for _ in range(6)
            ]
        )

    def finish_all(outcomes: list[list[Outcome]]) -> None:
        for each in outcomes:
            lifecycle.finish(each)

    for ended in [in_thread(finish_all, batch) for batch in batches]:
        ended.result(timeout=60)
    assert [task.run_count for task in ScheduledTask.objects.all()] == [12] * 8


def test_renewing_beside_finishing_the_same_runs_never_deadlocks(shared_database):
    task = make_task()
    running = [make("running", task) for _ in range(60)]
    tokens = [run.lease_token for run in running]

    def renew() -> None:
        for _ in range(20):
            lifecycle.renew(tokens)

    renewing = in_thread(renew)
    for start in range(0, 60, 20):
        lifecycle.finish(
            [outcome(run, "succeeded") for run in running[start : start + 20]]
        )
    renewing.result(timeout=60)
    task.refresh_from_db()
    assert task.run_count == 60

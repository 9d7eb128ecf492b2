"""Budgets: what tries cost is counted, and nothing runs that would exceed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling import lifecycle, services, spending
from scheduling.agents.base import Usage
from scheduling.budgets import Budgets, money
from scheduling.dispatch import dispatch_due, for_dispatch
from scheduling.exceptions import Conflict
from scheduling.models import Event, OwnerBudget, Run, ScheduledTask, Spending
from scheduling.outcome import Outcome
from tests.factories import make_agent, make_run, make_task, make_user
from tests.scheduling.due import NOW, minutely, told
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")


def finish(run: Run, status: str = "succeeded", cost: Any = CENT, **fields: Any) -> Run:
    """Claim a queued run and end its try at this cost."""
    lifecycle.claim([run.id], worker="w")
    run.refresh_from_db()
    assert run.lease_token is not None
    if status == "failed":
        fields = {"failure_reason": "error"} | fields
    usage = Usage(cost=None if cost is None else Decimal(cost), input_tokens=70, output_tokens=30)  # fmt: skip
    outcome = Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status(status), usage=usage, **fields)  # fmt: skip
    lifecycle.finish([outcome])
    run.refresh_from_db()
    return run


def spend(task: ScheduledTask, cost: Any) -> None:
    """The task has spent that today."""
    finish(make_run(task), cost=cost)


def spent() -> dict[tuple[str, str], tuple[Decimal, int, int]]:
    return {
        (row.scope, row.ref): (row.cost, row.tokens, row.runs)
        for row in Spending.objects.all()
    }


# -- counting


def test_a_run_is_counted_for_its_task_agent_owner_and_lineage():
    owner = make_user()
    task = make_task(owner=owner, lineage="task:root")
    finish(make_run(task), cost="0.25")
    finish(make_run(task), cost="0.5")
    assert spent() == dict.fromkeys(
        [("task", task.id), ("agent", "echo"), ("owner", str(owner.pk)), ("lineage", "task:root")],
        (Decimal("0.75"), 200, 2),
    )  # fmt: skip


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_try_that_came_to_nothing_has_cost_all_the_same(status):
    task = make_task()
    finish(make_run(task), status)
    assert spent()["task", task.id] == (CENT, 100, 1)


def test_the_tries_of_a_run_are_counted_each_and_the_run_once():
    task = make_task()
    run = make_run(task)
    finish(run, "queued", next_attempt_at=timezone.now())
    finish(run)
    assert spent()["task", task.id] == (2 * CENT, 200, 1)


def test_what_took_nothing_is_counted_in_a_lineage_only():
    task = make_task(lineage="task:root")
    lifecycle.claim([make_run(task).id], worker="w")
    run = task.runs.get()
    lifecycle.finish([Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status.SUCCEEDED)])  # fmt: skip
    assert spent() == {("lineage", "task:root"): (Decimal(0), 0, 1)}


def test_a_day_is_one_of_the_installation(time_machine):
    task = make_task()
    for hour in (16, 17):  # 23:00 and 00:00 in Ho Chi Minh
        time_machine.move_to(datetime(2026, 3, 1, hour, 30, tzinfo=UTC), tick=False)
        finish(make_run(task))
    days = Spending.objects.filter(scope="task").order_by("day")
    assert [str(row.day) for row in days] == ["2026-03-01", "2026-03-02"]


def test_counting_costs_as_many_queries_however_many_runs():
    def queries(count: int) -> int:
        task = make_task(day_cost_limit=100, owner=make_user())
        ids = [make_run(task).id for _ in range(count)]
        outcomes = [
            Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status.SUCCEEDED, usage=Usage(cost=CENT))
            for run in lifecycle.claim(ids, worker="w")
        ]  # fmt: skip
        with CaptureQueriesContext(connection) as seen:
            lifecycle.finish(outcomes)
        return len(seen)

    assert queries(2) == queries(10)


def test_money_is_told_with_two_decimals_or_more():
    amounts = ["1", "0.5", "0.0004", "12.30"]
    assert [money(Decimal(each)) for each in amounts] == ["1.00", "0.50", "0.0004", "12.30"]  # fmt: skip


@pytest.mark.parametrize("worker_count", [4])
@pytest.mark.django_db(transaction=True)
def test_workers_that_end_runs_at_once_lose_no_cent(shared_database, worker_count):
    tasks = [make_task(owner=make_user()) for _ in range(3)]
    ids = [[make_run(task).id for task in tasks] for _ in range(worker_count)]

    def work(mine: Any) -> None:
        runs = lifecycle.claim(mine, worker="w")
        lifecycle.finish([
            Outcome(run_id=run.id, lease_token=run.lease_token, status=Run.Status.SUCCEEDED, usage=Usage(cost=CENT))
            for run in reversed(runs)
        ])  # fmt: skip

    ends = [in_thread(lambda mine=mine: work(mine)) for mine in ids]
    for end in ends:
        end.result(30)
    assert spent()["agent", "echo"][0] == 12 * CENT


# -- a budget that is used up


def test_a_slot_of_a_task_whose_budget_is_used_up_is_skipped_with_words(time_machine):
    time_machine.move_to(NOW, tick=False)
    task = minutely(day_cost_limit=Decimal("0.02"))
    spend(task, "0.02")
    dispatch_due()
    assert told(task) == [(0, 1, "budget")]
    assert task.runs.get(status="skipped").note == (
        "The task's budget of the day is used up: 0.02 of 0.02 US dollars, "
        "until 2026-03-03 00:00 (Asia/Ho_Chi_Minh)."
    )


def test_the_slots_of_a_used_up_day_share_one_row(time_machine):
    time_machine.move_to(NOW, tick=False)
    task = minutely(day_cost_limit=CENT)
    spend(task, CENT)
    for minute in range(5):
        time_machine.move_to(NOW + timedelta(minutes=minute), tick=False)
        dispatch_due()
    assert told(task) == [(0, 5, "budget")]


def test_the_next_day_it_runs_again_and_the_month_goes_on(time_machine):
    time_machine.move_to(NOW, tick=False)
    task = minutely(day_cost_limit=CENT, month_cost_limit=2 * CENT)
    spend(task, CENT)
    assert spending.used_up([task], timezone.now())
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    assert not spending.used_up([task], timezone.now())
    spend(task, CENT)
    time_machine.move_to(NOW + timedelta(days=2), tick=False)
    assert spending.used_up([task], timezone.now())[task.id].period == "month"
    time_machine.move_to(NOW + timedelta(days=31), tick=False)
    assert not spending.used_up([task], timezone.now())


@pytest.mark.parametrize("whose", ["agent", "owner"])
def test_the_budgets_of_agent_and_owner_bind_all_their_tasks(whose):
    owner = make_user(username="lan")
    one, other = make_task(owner=owner), make_task(owner=owner)
    if whose == "agent":
        type(one.agent).objects.update(month_cost_limit=CENT)
    else:
        OwnerBudget.objects.create(owner=owner, month_cost_limit=CENT)
    spend(one, CENT)
    other.refresh_from_db()
    with pytest.raises(Conflict, match=f"The month's budget of the {whose}"):
        services.run_now(other, user=None)
    with pytest.raises(Conflict, match="is used up"):
        services.rerun(one.runs.get(), user=None)


def test_a_queued_run_ends_as_skipped_when_the_money_went_meanwhile():
    task = make_task(day_cost_limit=CENT)
    queued = make_run(task)
    child = make_run(make_task(), root=queued, waits_for="parents", trigger="chain")
    Run.objects.filter(id=queued.id).update(edges=[[child.task_ref, task.id, "succeeded"]])  # fmt: skip
    spend(task, CENT)
    assert lifecycle.claim([queued.id], worker="w") == []
    queued.refresh_from_db()
    child.refresh_from_db()
    assert (queued.status, queued.skip_reason) == ("skipped", "budget")
    assert "0.01 of 0.01 US dollars" in queued.note
    assert (child.status, child.skip_reason) == ("skipped", "parent")


def test_a_budget_that_is_used_up_is_told_once_with_what_it_was():
    task = make_task(day_cost_limit=2 * CENT)
    spend(task, CENT)
    assert not Event.objects.filter(kind="budget").exists()
    finish(one := make_run(task), cost="0.03")
    event = Event.objects.get(kind="budget")
    assert (event.task_id, event.run_id) == (task.id, one.id)
    assert event.data["spent"] == "0.04"
    assert event.data["limit"] == "0.02"


# -- what a try may use


def limits(run: Run) -> Any:
    claimed = lifecycle.claim([run.id], worker="w")
    return spending.limits_of(claimed, timezone.now())[run.id]


def test_a_try_may_use_what_the_run_and_the_budgets_have_left():
    agent = make_agent(id="dear", run_cost_limit="0.50", run_tool_calls_limit=9)
    task = make_task(agent=agent, run_cost_limit="0.20", run_tokens_limit=1000, day_cost_limit=1)  # fmt: skip
    run = make_run(task, cost="0.05", input_tokens=100, output_tokens=50, tool_calls=4, attempt=1)  # fmt: skip
    found = limits(run)
    assert (found.cost, found.tokens, found.tool_calls) == (Decimal("0.15"), 850, 5)
    spend(task, "0.90")
    assert limits(make_run(task)).cost == Decimal("0.10")


def test_without_limits_nothing_is_limited():
    found = limits(make_run())
    assert (found.cost, found.tokens, found.tool_calls) == (None, None, None)


def test_runs_at_once_share_what_is_left_when_their_limit_says_how_much_they_may_cost():
    task = make_task(run_cost_limit="0.60", day_cost_limit=1)
    ids = [make_run(task).id for _ in range(3)]
    runs = lifecycle.claim(ids, worker="w")
    assert len(runs) == 2
    costs = [each.cost for each in spending.limits_of(runs, timezone.now()).values()]
    assert costs == [Decimal("0.60"), Decimal("0.40")]
    Run.objects.bulk_update(runs, ["cost_limit"])
    late = make_run(task)
    assert lifecycle.claim([late.id], worker="w") == []
    late.refresh_from_db()
    assert late.note.startswith("What is left of a budget is set aside")


def test_the_budgets_of_many_tasks_are_read_with_two_queries(django_assert_num_queries):
    for _ in range(10):
        make_task(day_cost_limit=1, owner=make_user())
    tasks = list(for_dispatch())
    with django_assert_num_queries(2):
        budgets = Budgets([(task, task.agent) for task in tasks], timezone.now())
    assert len(budgets.all()) == 10


def test_what_the_agent_takes_beyond_its_limit_fails_and_is_kept(worker):
    task = make_task(run_cost_limit=CENT, max_attempts=5)
    run = make_run(task, cost=CENT, attempt=1)
    worker.run_chunk([run.id])
    run.refresh_from_db()
    assert (run.status, run.failure_reason) == ("failed", "budget")
    assert run.cost == CENT

"""What a task is likely to cost in a month."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from scheduling.models import ScheduledTask
from scheduling.projection import project, slots_to_come
from tests.factories import make_agent, make_run, make_task

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def ran(task, *costs, **fields):
    for cost in costs:
        make_run(task, status="succeeded", finished_at=timezone.now(), cost=cost, **fields)  # fmt: skip


def test_it_goes_by_the_runs_of_the_task():
    task = make_task(month_cost_limit="5")
    ran(task, "0.10", "0.30", None)
    found = project(task, NOW)
    assert (found.basis, found.runs, found.each) == ("task", 30, Decimal("0.2"))
    assert (found.cost, found.exceeds) == (Decimal("6.00"), True)


def test_it_goes_by_the_latest_twenty_runs():
    task = make_task()
    ran(task, *["9"] * 5, created_at=NOW)
    ran(task, *["0.01"] * 20)
    assert project(task, NOW).cost == Decimal("0.30")


def test_a_new_task_goes_by_the_runs_of_its_agent():
    ran(make_task(), "0.04")
    task = ScheduledTask(agent_id="echo", schedule_type="daily", schedule_time="07:00")
    task.clean_fields(exclude=["id", "name", "input_message"])
    found = project(task, NOW)
    assert (found.basis, found.cost, found.exceeds) == ("agent", Decimal("1.20"), False)


def test_before_any_run_it_goes_by_the_prices_of_the_model():
    agent = make_agent(id="new", backend="llm", options={"provider": "openai", "model": "gpt-4o", "max_output_tokens": 100})  # fmt: skip
    task = make_task(agent=agent, input_message="x" * 4000)
    found = project(task, NOW)
    assert found.basis == "prices"
    assert found.each is not None
    # 1 001 tokens in at 2.50 and 100 out at 10 dollars a million
    assert Decimal("0.003") < found.each < Decimal("0.004")


@pytest.mark.parametrize("options", [{}, {"model": "nobody-knows-it"}])
def test_without_runs_and_prices_it_is_unknown(options):
    agent = make_agent(id="new", options=options)
    found = project(make_task(agent=agent), NOW)
    assert (found.basis, found.cost, found.exceeds) == ("unknown", None, False)


def test_runs_that_are_left_bound_it():
    task = make_task(max_runs=10, scheduled_runs=7)
    ran(task, "1")
    assert project(task, NOW).cost == 3


def test_closed_days_do_not_count():
    task = make_task(excluded_dates=["2026-03-03", "2026-03-04"])
    assert slots_to_come(task.schedule, NOW) == 28


def test_seconds_through_a_change_of_the_clocks_are_counted_at_once():
    task = make_task(
        schedule_type="cron", cron_expression="* * * * * *", cron_seconds=True,
        timezone="America/New_York",
    )  # fmt: skip
    started = time.monotonic()
    assert slots_to_come(task.schedule, NOW) == pytest.approx(30 * 86_400, rel=0.01)
    assert time.monotonic() - started < 2

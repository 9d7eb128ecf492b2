"""The plan of a task: its next slot, when beat looks, and what people are shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from scheduling import planning, services
from scheduling.dispatch import dispatch_due
from scheduling.models import Calendar, ScheduledTask
from tests.factories import make_agent, make_task
from tests.scheduling.due import NOW, ledger, told

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def daily(**fields: Any) -> ScheduledTask:
    """Daily at 07:00 in Ho Chi Minh, which is midnight UTC."""
    return make_task(created_at=NOW - DAY, **fields)


def plan_of(task: ScheduledTask) -> tuple[Any, ...]:
    return task.next_slot, task.due_at, task.next_run_at


def test_an_active_task_is_due_at_its_slot():
    task = daily()
    planning.plan(task, NOW)
    assert plan_of(task) == (NOW + DAY,) * 3


def test_people_are_shown_the_next_open_day_and_beat_looks_at_every_slot():
    Calendar.objects.create(id="work", name="Work", weekdays=[1])
    task = daily(calendar_id="work")
    planning.plan(task, NOW)
    assert plan_of(task) == (NOW + DAY, NOW + DAY, NOW + 7 * DAY)


def test_a_spread_moves_when_it_is_due_and_not_its_slot():
    task = daily(id="spread", jitter_seconds=3600)
    planning.plan(task, NOW)
    assert task.next_slot == NOW + DAY
    assert NOW + DAY < task.due_at == task.next_run_at < NOW + DAY + timedelta(hours=1)


def test_a_paused_task_keeps_its_place_in_the_ledger_and_is_not_due():
    task = daily(active=False)
    planning.plan(task, NOW)
    assert plan_of(task) == (NOW + DAY, None, None)


def test_a_pause_that_ends_by_itself_is_when_beat_looks():
    until = NOW + 3 * DAY
    task = daily(active=False, resume_at=until)
    planning.plan(task, NOW)
    assert plan_of(task) == (NOW + DAY, until, until)
    task.resume_at = until + timedelta(seconds=1)
    planning.plan(task, NOW)
    assert plan_of(task) == (NOW + DAY, task.resume_at, NOW + 4 * DAY)


def test_a_task_whose_runs_are_used_up_has_no_plan():
    task = daily(max_runs=2, scheduled_runs=2)
    planning.plan(task, NOW)
    assert plan_of(task) == (None, None, None)


def test_a_schedule_of_type_none_has_no_plan():
    task = daily(schedule_type="none")
    planning.plan(task, NOW)
    assert plan_of(task) == (None, None, None)


# -- the first run


def create(**fields: Any) -> ScheduledTask:
    fields = {
        "name": "Report",
        "agent_id": make_agent().id,
        "input_message": "Report.",
        "schedule_type": "daily",
        "schedule_time": "07:00",
        "first_run": "at_once",
    } | fields
    return services.create_task(fields=fields, user=None)


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_a_task_that_begins_at_once_runs_at_its_creation_and_then_by_its_schedule():
    task = create()
    dispatch_due()
    assert told(task) == [(60, 1, "queued")]
    assert not ledger(task)[0].caught_up
    task.refresh_from_db()
    assert plan_of(task) == (NOW + DAY,) * 3


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_a_task_without_a_schedule_that_begins_at_once_runs_once():
    task = create(schedule_type="none")
    dispatch_due()
    task.refresh_from_db()
    assert told(task) == [(60, 1, "queued")]
    assert plan_of(task) == (None, None, None)


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
@pytest.mark.parametrize(
    "fields",
    [{"active": False}, {"start_at": NOW + DAY / 2}],
    ids=["paused", "not begun"],
)
def test_nothing_runs_at_once_that_may_not_run_yet(fields):
    task = create(**fields)
    assert dispatch_due().run_ids == []
    if "active" in fields:
        services.resume_task(task, user=None)
        assert dispatch_due().run_ids == []


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("end_at", {"end_at": NOW}),
        ("run_at", {"schedule_type": "once", "run_at": NOW}),
    ],
    ids=["its end", "its one moment"],
)
def test_an_active_task_whose_time_is_over_is_not_made(field, fields):
    with pytest.raises(ValidationError) as caught:
        create(first_run="next_slot", **fields)
    assert "is over" in caught.value.message_dict[field][0]
    assert create(first_run="next_slot", active=False, **fields).pk


@time_machine.travel(NOW + timedelta(hours=1), tick=False)
def test_an_edit_does_not_begin_at_once_again():
    task = create(first_run="next_slot")
    services.update_task(task, fields={"first_run": "at_once"}, user=None)
    assert dispatch_due().run_ids == []

"""Slots that do not fire for a reason that lasts: one row that grows, and the spread of slots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling import services
from scheduling.dispatch import dispatch_due
from scheduling.models import Blackout, Event, ScheduledTask
from tests.factories import make_agent
from tests.scheduling.due import MINUTE, NOW, ledger, minutely, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False) as traveller:
        yield traveller


def minutes(clock: Any, count: int) -> None:
    for _ in range(count):
        dispatch_due()
        clock.shift(MINUTE)


def test_a_closed_day_is_one_row_that_grows(clock):
    task = minutely(excluded_dates=["2026-03-02"])
    minutes(clock, 5)
    assert told(task) == [(0, 5, "calendar")]
    (row,) = ledger(task)
    assert row.last_slot == NOW + 4 * MINUTE
    assert row.finished_at == NOW + 4 * MINUTE + timedelta(seconds=1)
    assert row.note == "The task leaves this date out."
    task.refresh_from_db()
    assert (task.next_slot, task.gap_run) == (NOW + 5 * MINUTE, row.id)
    assert task.next_run_at == NOW + timedelta(hours=17)  # midnight in Ho Chi Minh


def test_a_blackout_is_one_row_and_what_comes_after_it_runs(clock):
    Blackout.objects.create(
        name="Move", starts_at=NOW + MINUTE, ends_at=NOW + 3 * MINUTE
    )
    task = minutely(overlap="allow")
    minutes(clock, 5)
    assert told(task) == [
        (0, 1, "queued"), (1, 2, "paused"), (3, 1, "queued"), (4, 1, "queued"),
    ]  # fmt: skip
    assert ledger(task)[1].note == "Blackout “Move”."
    task.refresh_from_db()
    assert task.gap_run is None


def test_another_reason_or_note_is_another_row(clock):
    Blackout.objects.create(name="One", starts_at=NOW, ends_at=NOW + 2 * MINUTE)
    Blackout.objects.create(
        name="Two", starts_at=NOW + 2 * MINUTE, ends_at=NOW + 4 * MINUTE
    )
    off = make_agent(id="off", active=False)
    task = minutely(agent=off)
    minutes(clock, 6)
    assert told(task) == [(0, 2, "paused"), (2, 2, "paused"), (4, 2, "paused")]
    assert len({row.note for row in ledger(task)}) == 3


def test_a_gap_goes_on_after_its_row_was_pruned(clock):
    task = minutely(excluded_dates=["2026-03-02"])
    minutes(clock, 2)
    ledger(task)[0].delete()
    minutes(clock, 2)
    assert told(task) == [(2, 2, "calendar")]


def test_many_growing_rows_cost_no_more_queries_than_one(clock):
    minutely(excluded_dates=["2026-03-02"])
    minutes(clock, 1)
    with CaptureQueriesContext(connection) as of_one:
        dispatch_due()
    for _ in range(10):
        minutely(NOW + MINUTE, excluded_dates=["2026-03-02"])
    minutes(clock, 1)
    with CaptureQueriesContext(connection) as of_many:
        dispatch_due()
    assert len(of_many) == len(of_one)


# -- spread


def spread_task(**fields: Any) -> ScheduledTask:
    """Its slot is at NOW, and due some seconds later."""
    task = minutely(
        interval_seconds=3600,
        created_at=NOW - timedelta(hours=1),
        jitter_seconds=1800,
        id="spread",
        **fields,
    )
    task.due_at = task.schedule.due(NOW)
    assert task.due_at > NOW + MINUTE
    task.save()
    return task


def test_a_slot_waits_for_its_spread_and_keeps_its_nominal_time(clock):
    task = spread_task()
    assert dispatch_due().tasks == 0
    clock.move_to(task.due_at)
    dispatch_due()
    assert told(task) == [(0, 1, "queued")]
    task.refresh_from_db()
    assert task.next_slot == NOW + timedelta(hours=1) <= task.due_at


def test_an_edit_between_a_slot_and_its_spread_loses_and_moves_nothing(clock):
    task = spread_task()
    due_at = task.due_at
    services.update_task(task, fields={"interval_seconds": 7200}, user=None)
    (run,) = ledger(task)
    assert (run.status, run.scheduled_for) == ("queued", NOW)
    assert (run.next_attempt_at, run.rung_at) == (due_at, None)
    task.refresh_from_db()
    assert task.next_slot > NOW


def test_another_edit_leaves_the_spread_slot_to_beat(clock):
    task = spread_task()
    services.update_task(task, fields={"name": "Other"}, user=None)
    assert ledger(task) == []
    task.refresh_from_db()
    assert (task.next_slot, task.name) == (NOW, "Other")


def test_a_pause_between_a_slot_and_its_spread_takes_it_in(clock):
    task = spread_task()
    services.pause_task(task, user=None)
    clock.shift(MINUTE)
    services.resume_task(task, user=None)
    assert told(task) == [(0, 1, "paused")]


# -- once more: rows set aside


def test_a_task_that_is_set_aside_is_an_event_and_its_ledger_goes_on_where_it_stood(
    clock,
):
    task = minutely()
    ScheduledTask.objects.update(timezone="Mars/Olympus")
    dispatch_due()
    event = Event.objects.get(kind="set_aside")
    task.refresh_from_db()
    assert (event.task, event.note) == (task, task.schedule_error)
    assert (task.next_slot, task.due_at) == (NOW, None)


def test_a_task_that_is_mended_says_which_slots_were_not_looked_at(clock):
    task = minutely()
    ScheduledTask.objects.update(due_at=None, next_run_at=None, schedule_error="Broken")
    clock.shift(3 * MINUTE)
    task.refresh_from_db()
    services.update_task(task, fields={"name": "Mended"}, user=None)
    assert told(task) == [(0, 4, "missed")]
    assert ledger(task)[0].note == "The task was set aside: Broken"
    task.refresh_from_db()
    assert task.next_slot == task.due_at == NOW + 4 * MINUTE
    assert timezone.now() < task.due_at

"""Due slots become runs: once each, by the task's policies, whatever a row holds."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from scheduling import services
from scheduling.dispatch import dispatch_due, next_due
from scheduling.models import Agent, Run, ScheduledTask
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 0, 0, 0, tzinfo=UTC)  # 07:00 in Ho Chi Minh, a Monday


def due_task(late_seconds: float = 0, **fields: Any) -> ScheduledTask:
    """A minutely task whose slot was `late_seconds` ago."""
    slot = fields.get("next_run_at") or timezone.now() - timedelta(seconds=late_seconds)
    fields = {
        "schedule_type": "interval",
        "interval_seconds": 60,
        "created_at": slot - timedelta(days=1),
        "next_run_at": slot,
    } | fields
    return make_task(**fields)


def runs(task: ScheduledTask) -> list[Run]:
    return list(task.runs.order_by("scheduled_for"))


def test_a_due_slot_becomes_one_queued_run_and_the_task_moves_on():
    task = due_task(agent=make_agent(), target_user_id="45", deadline_seconds=7)
    slot = task.next_run_at

    batch = dispatch_due()

    (run,) = runs(task)
    assert batch.run_ids == [run.id]
    assert (run.status, run.trigger, run.scheduled_for) == ("queued", "schedule", slot)
    assert (run.task_ref, run.task_name, run.agent_id) == (task.id, task.name, "echo")
    assert (run.user_id, run.deadline_seconds, run.max_attempts) == ("45", 7, 3)
    task.refresh_from_db()
    assert task.next_run_at == slot + timedelta(seconds=60)


def test_a_slot_in_the_future_stays_where_it_is():
    task = due_task(late_seconds=-30)
    assert dispatch_due().tasks == 0
    assert runs(task) == []
    assert next_due() == task.next_run_at


def test_dispatching_twice_makes_one_run():
    task = due_task()
    dispatch_due()
    dispatch_due()
    assert len(runs(task)) == 1


def test_a_slot_that_has_its_run_gets_no_second_one_even_when_the_clock_goes_back():
    task = due_task()
    slot = task.next_run_at
    dispatch_due()
    ScheduledTask.objects.update(next_slot=slot, due_at=slot)
    Run.objects.update(status="succeeded", finished_at=timezone.now())

    dispatch_due()

    assert [run.scheduled_for for run in runs(task)] == [slot]


def test_two_beats_at_once_make_one_run_for_each_slot(shared_database):
    tasks = [due_task() for _ in range(20)]
    beats = [in_thread(dispatch_due) for _ in range(2)]
    for beat in beats:
        beat.result(timeout=60)
    assert [len(runs(task)) for task in tasks] == [1] * 20


def test_a_batch_takes_no_more_than_its_limit_and_the_longest_overdue_first():
    late, later = due_task(late_seconds=1), due_task(late_seconds=2)
    assert dispatch_due(limit=1).tasks == 1
    assert (len(runs(late)), len(runs(later))) == (0, 1)
    assert dispatch_due(limit=1).tasks == 1
    assert len(runs(late)) == 1


def test_a_once_task_fires_once_and_has_no_next_slot():
    slot = timezone.now() - timedelta(seconds=1)
    task = make_task(schedule_type="once", run_at=slot, next_run_at=slot)
    dispatch_due()
    task.refresh_from_db()
    assert (len(runs(task)), task.next_run_at, next_due()) == (1, None, None)


def test_the_last_slot_before_the_end_leaves_no_next_one():
    slot = timezone.now() - timedelta(seconds=1)
    task = due_task(next_run_at=slot, end_at=slot + timedelta(seconds=30))
    dispatch_due()
    task.refresh_from_db()
    assert (len(runs(task)), task.next_run_at) == (1, None)


# -- missed slots


@time_machine.travel(NOW + timedelta(minutes=200, seconds=5), tick=False)
def test_a_long_outage_is_one_row_with_its_count_and_range_and_the_latest_slot_runs():
    task = due_task(next_run_at=NOW)

    dispatch_due()

    missed, run = runs(task)
    assert (missed.status, missed.skip_reason) == ("skipped", "missed")
    assert (missed.slots, missed.scheduled_for) == (200, NOW)
    assert missed.last_slot == NOW + timedelta(minutes=199)
    assert run.status == "queued"
    assert run.scheduled_for == NOW + timedelta(minutes=200)
    task.refresh_from_db()
    assert task.next_run_at == NOW + timedelta(minutes=201)


@time_machine.travel(NOW + timedelta(hours=4), tick=False)
def test_a_daily_task_whose_hour_passed_while_beat_was_down_catches_up_once():
    task = make_task(next_run_at=NOW)
    dispatch_due()
    (run,) = runs(task)
    assert (run.status, run.scheduled_for) == ("queued", NOW)
    task.refresh_from_db()
    assert task.next_run_at == NOW + timedelta(days=1)


@time_machine.travel(NOW + timedelta(hours=4), tick=False)
def test_a_daily_task_that_skips_missed_slots_leaves_a_row_and_runs_tomorrow():
    task = make_task(next_run_at=NOW, catch_up="skip")
    assert dispatch_due().run_ids == []
    (row,) = runs(task)
    assert (row.status, row.skip_reason, row.slots) == ("skipped", "missed", 1)
    assert row.last_slot == NOW
    task.refresh_from_db()
    assert task.next_run_at == NOW + timedelta(days=1)


@time_machine.travel(NOW + timedelta(minutes=10, seconds=5), tick=False)
def test_a_task_that_skips_missed_slots_still_runs_the_one_that_is_due_now():
    task = due_task(next_run_at=NOW, catch_up="skip")
    dispatch_due()
    missed, run = runs(task)
    assert (missed.slots, missed.last_slot) == (10, NOW + timedelta(minutes=9))
    assert (run.status, run.scheduled_for) == ("queued", NOW + timedelta(minutes=10))


def test_two_due_slots_leave_one_missed_and_one_run():
    task = due_task(late_seconds=61)
    first = task.next_run_at
    dispatch_due()
    missed, run = runs(task)
    assert (missed.slots, missed.scheduled_for, missed.last_slot) == (1, first, first)
    assert run.scheduled_for == first + timedelta(seconds=60)


def test_years_of_missed_slots_are_counted_in_a_moment():
    slot = timezone.now().replace(microsecond=0) - timedelta(days=1000)
    task = due_task(
        next_run_at=slot, created_at=slot - timedelta(seconds=1), interval_seconds=1
    )
    dispatch_due()
    missed = runs(task)[0]
    assert missed.slots == pytest.approx(1000 * 86_400, abs=5)


# -- overlap and pause


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_slot_while_a_run_is_under_way_is_skipped_with_a_row(status):
    task = due_task()
    lease = {"lease_token": "0" * 32, "lease_expires_at": timezone.now()}
    make_run(task, status=status, **(lease if status == "running" else {}))
    assert dispatch_due().run_ids == []
    row = task.runs.get(trigger="schedule")
    assert (row.status, row.skip_reason) == ("skipped", "overlap")
    assert row.finished_at is not None


def test_a_slot_runs_beside_an_earlier_run_where_that_is_allowed():
    task = due_task(overlap="allow")
    make_run(task)
    dispatch_due()
    assert task.runs.filter(status="queued").count() == 2


def test_a_run_of_another_task_is_no_overlap():
    make_run(due_task(late_seconds=-60))
    task = due_task()
    dispatch_due()
    assert [run.status for run in runs(task)] == ["queued"]


def test_a_slot_of_an_agent_that_is_switched_off_is_skipped_as_paused():
    task = due_task(agent=make_agent(id="off", active=False))
    assert dispatch_due().run_ids == []
    (row,) = runs(task)
    assert (row.status, row.skip_reason) == ("skipped", "paused")
    task.refresh_from_db()
    assert task.next_run_at > timezone.now()


def test_a_paused_task_does_not_fire():
    task = due_task(active=False, due_at=None)
    assert dispatch_due().tasks == 0
    assert (runs(task), next_due()) == ([], None)


def test_a_paused_task_that_beat_was_to_look_at_by_mistake_is_laid_to_rest():
    task = due_task(active=False)
    assert dispatch_due().run_ids == []
    task.refresh_from_db()
    assert (runs(task), task.due_at, task.active) == ([], None, False)


# -- bad rows

NONSENSE = [
    {"timezone": "Mars/Olympus"},
    {"schedule_type": "cron", "cron_expression": "99 99 * * *"},
    {"schedule_type": "cron", "cron_expression": "0 0 30 2 *"},
    {"schedule_type": "weekly", "schedule_time": "07:00", "weekdays": [9]},
    {"schedule_type": "weekly", "schedule_time": "07:00", "weekdays": 5},
    {"schedule_type": "weekly", "schedule_time": "07:00", "weekdays": "monday"},
    {"schedule_type": "monthly", "schedule_time": "07:00", "month_days": {"a": {}}},
    {"end_at": datetime(1971, 1, 1, tzinfo=UTC), "start_at": NOW},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=str)
def test_a_row_that_holds_nonsense_is_set_aside_and_the_others_fire(nonsense, caplog):
    bad, good = due_task(late_seconds=1), due_task()
    ScheduledTask.objects.filter(id=bad.id).update(**nonsense)

    with caplog.at_level(logging.ERROR):
        dispatch_due()

    assert [run.status for run in runs(good)] == ["queued"]
    bad.refresh_from_db()
    assert bad.next_run_at is None
    assert "ScheduleError" in bad.schedule_error or "TypeError" in bad.schedule_error
    assert bad.id in caplog.text


def test_a_row_that_cannot_even_be_read_is_set_aside_and_the_others_fire(caplog):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite stores a time that is none")
    bad, good = due_task(late_seconds=1), due_task()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scheduling_scheduledtask SET schedule_time='99:99' WHERE id=%s",
            [bad.id],
        )

    assert dispatch_due().tasks == 2

    assert [run.status for run in runs(good)] == ["queued"]
    error, due = ScheduledTask.objects.values_list("schedule_error", "next_run_at").get(
        id=bad.id
    )
    assert "ValueError" in error
    assert due is None
    assert bad.id in caplog.text


def test_credentials_that_cannot_be_decrypted_do_not_stop_the_schedule():
    agent = make_agent(id="locked")
    Agent.objects.filter(id=agent.id).update(credentials={"api_key": "x"})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_agent SET credentials='enc1:garbage'")
    task = due_task(agent_id="locked")
    dispatch_due()
    assert [run.status for run in runs(task)] == ["queued"]


# -- edits


def test_an_edit_of_a_task_that_is_due_loses_no_slot():
    task = due_task()
    slot = task.next_run_at
    services.update_task(task, fields={"interval_seconds": 3600}, user=None)
    assert [run.scheduled_for for run in runs(task)] == [slot]
    task.refresh_from_db()
    assert task.next_run_at > timezone.now() + timedelta(seconds=60)


def test_pausing_a_task_that_is_due_loses_no_slot():
    task = due_task()
    services.pause_task(task, user=None)
    assert [run.status for run in runs(task)] == ["queued"]


def test_a_slow_editor_of_the_whole_form_cannot_undo_a_slot_that_fired_meanwhile():
    task = due_task()
    slow = ScheduledTask.objects.get(id=task.id)
    dispatch_due()
    slow.name = "Another name"
    services.save_task(slow, user=None)
    dispatch_due()
    assert len(runs(task)) == 1
    task.refresh_from_db()
    assert (task.name, task.next_run_at) == ("Another name", slow.next_run_at)
    assert task.next_run_at > timezone.now()


def test_two_editors_of_different_fields_keep_both_changes():
    task = due_task(late_seconds=-60)
    one, other = (ScheduledTask.objects.get(id=task.id) for _ in range(2))
    services.update_task(one, fields={"interval_seconds": 120}, user=None)
    services.update_task(other, fields={"name": "Other"}, user=None)
    task.refresh_from_db()
    assert (task.interval_seconds, task.name) == (120, "Other")
    assert other.interval_seconds == 120


def test_a_hundred_due_tasks_take_a_constant_number_of_queries(
    django_assert_max_num_queries,
):
    for _ in range(100):
        due_task()
    # SQLite takes a thousand values a statement, so a hundred rows are a few statements.
    with django_assert_max_num_queries(22):
        assert dispatch_due(limit=100).tasks == 100
    assert Run.objects.count() == 100


def test_a_task_whose_slot_was_lost_is_planned_and_not_asked_for_again():
    task = make_task(due_at=timezone.now())
    assert dispatch_due().run_ids == []
    task.refresh_from_db()
    assert task.next_slot == task.due_at > timezone.now()

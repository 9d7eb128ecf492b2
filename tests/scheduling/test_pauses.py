"""Pausing and resuming: who, why, until when, and what the ledger says of the time between."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from scheduling import services
from scheduling.dispatch import dispatch_due, next_due
from scheduling.models import Event, ScheduledTask
from tests.factories import make_user
from tests.scheduling.due import MINUTE, NOW, begin, ledger, minutely, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False) as traveller:
        yield traveller


@pytest.fixture
def task(clock):
    """Its next slot is at minute 1."""
    return minutely(NOW + MINUTE)


def test_a_pause_says_who_and_why_and_since_when(task, clock):
    user = make_user()
    services.pause_task(task, user=user, note=" Holidays\0 ")
    task.refresh_from_db()
    assert (task.active, task.paused_by, task.pause_note) == (False, user, "Holidays")
    assert (task.paused_at, task.resume_at) == (timezone.now(), None)
    assert (task.next_slot, task.due_at, task.next_run_at) == (NOW + MINUTE, None, None)
    assert (task.updated_by, next_due()) == (user, None)


def test_resuming_forgets_the_pause_and_leaves_one_row_for_its_slots(task, clock):
    services.pause_task(task, user=None, note="Holidays")
    clock.shift(10 * MINUTE)
    services.resume_task(task, user=None)
    assert told(task) == [(1, 10, "paused")]
    (row,) = ledger(task)
    assert (row.last_slot, row.note) == (NOW + 10 * MINUTE, "Paused: Holidays")
    task.refresh_from_db()
    assert task.active
    assert (task.paused_at, task.paused_by, task.resume_at) == (None, None, None)
    assert (task.pause_note, task.next_slot) == ("", NOW + 11 * MINUTE)


def test_a_pause_without_a_slot_leaves_no_row(task):
    services.pause_task(task, user=None)
    services.resume_task(task, user=None)
    assert ledger(task) == []


@pytest.mark.parametrize("active", [False, True])
def test_to_set_active_is_to_pause_or_to_resume(task, clock, active):
    user = make_user()
    services.update_task(task, fields={"active": False}, user=user)
    task.refresh_from_db()
    assert (task.paused_at, task.paused_by) == (timezone.now(), user)
    if active:
        clock.shift(3 * MINUTE)
        services.update_task(task, fields={"active": True}, user=user)
        assert told(task) == [(1, 3, "paused")]
        assert ledger(task)[0].note == "The task was paused."
        task.refresh_from_db()
        assert task.paused_at is None


def test_pausing_again_changes_the_note_and_the_end_but_not_since_when(task, clock):
    first = make_user()
    services.pause_task(task, user=first, note="One")
    since = task.paused_at
    clock.shift(MINUTE)
    until = NOW + 30 * MINUTE
    services.pause_task(task, user=make_user(), note="Two", resume_at=until)
    task.refresh_from_db()
    assert (task.paused_at, task.paused_by, task.pause_note) == (since, first, "Two")
    assert (task.resume_at, task.due_at, task.next_run_at) == (until,) * 3
    services.pause_task(task, user=None)  # a second click
    task.refresh_from_db()
    assert (task.pause_note, task.resume_at) == ("Two", until)


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_a_pause_cannot_end_in_the_past(task, seconds):
    with pytest.raises(ValidationError) as refused:
        services.pause_task(
            task, user=None, resume_at=timezone.now() + timedelta(seconds=seconds)
        )
    assert "expected a moment in the future" in str(
        refused.value.message_dict["resume_at"]
    )
    task.refresh_from_db()
    assert task.active


def test_a_note_has_its_limit(task):
    with pytest.raises(ValidationError) as refused:
        services.pause_task(task, user=None, note="x" * 2001)
    assert list(refused.value.message_dict) == ["note"]


def test_a_pause_ends_by_itself_and_a_slot_at_that_moment_runs(task, clock):
    until = NOW + 10 * MINUTE
    services.pause_task(task, user=None, note="Move", resume_at=until)
    assert next_due() == until
    clock.shift(9 * MINUTE)
    assert dispatch_due().tasks == 0
    clock.shift(MINUTE)
    dispatch_due()
    assert told(task) == [(1, 9, "paused"), (10, 1, "queued")]
    task.refresh_from_db()
    assert (task.active, task.pause_note, task.paused_at) == (True, "", None)
    assert (task.resume_at, task.next_slot) == (None, NOW + 11 * MINUTE)
    event = Event.objects.get(kind="resumed")
    assert (event.task, event.slot, event.note) == (task, until, "Move")


def test_a_pause_that_ended_while_beat_was_down_ends_at_its_moment(task, clock):
    services.pause_task(task, user=None, resume_at=NOW + 10 * MINUTE)
    clock.shift(20 * MINUTE)
    dispatch_due()
    assert told(task) == [(1, 9, "paused"), (10, 10, "missed"), (20, 1, "queued")]


def test_a_pause_that_ends_between_slots_waits_for_the_next(task, clock):
    until = NOW + timedelta(minutes=10, seconds=30)
    services.pause_task(task, user=None, resume_at=until)
    clock.move_to(until)
    assert dispatch_due().run_ids == []
    assert told(task) == [(1, 10, "paused")]
    task.refresh_from_db()
    assert (task.active, task.due_at) == (True, NOW + 11 * MINUTE)


def test_an_edit_after_the_end_of_a_pause_finds_it_resumed(task, clock):
    services.pause_task(task, user=None, resume_at=NOW + 10 * MINUTE)
    clock.shift(10 * MINUTE)
    services.update_task(task, fields={"name": "Other"}, user=None)
    task.refresh_from_db()
    assert (task.active, task.name) == (True, "Other")
    assert told(task) == [(1, 9, "paused"), (10, 1, "queued")]


def test_a_new_schedule_in_a_pause_leaves_the_row_of_the_old_one(task, clock):
    services.pause_task(task, user=None, note="Holidays")
    since = task.paused_at
    clock.shift(10 * MINUTE)
    services.update_task(task, fields={"interval_seconds": 600}, user=None)
    assert told(task) == [(1, 10, "paused")]
    task.refresh_from_db()
    assert (task.active, task.paused_at, task.due_at) == (False, since, None)
    clock.shift(60 * MINUTE)
    services.resume_task(task, user=None)
    assert sum(run.slots for run in ledger(task)) == 10 + 6


def test_another_edit_in_a_pause_leaves_no_row(task, clock):
    services.pause_task(task, user=None)
    clock.shift(10 * MINUTE)
    services.update_task(task, fields={"name": "Other"}, user=None)
    assert ledger(task) == []
    task.refresh_from_db()
    assert (task.active, task.next_slot) == (False, NOW + MINUTE)


def test_a_slow_editor_of_the_whole_form_keeps_the_words_of_a_pause(task):
    slow = ScheduledTask.objects.get(id=task.id)
    slow.active = False
    services.pause_task(task, user=None, note="Holidays")
    slow.name = "Other"
    services.save_task(slow, user=None)
    task.refresh_from_db()
    assert (task.name, task.pause_note, task.active) == ("Other", "Holidays", False)
    assert task.paused_at is not None


def test_a_task_that_failures_paused_begins_to_count_anew(task):
    ScheduledTask.objects.update(
        active=False, due_at=None, pause_after_failures=3, consecutive_failures=3
    )
    task.refresh_from_db()
    services.resume_task(task, user=None)
    task.refresh_from_db()
    assert (task.active, task.consecutive_failures) == (True, 0)


def test_a_few_failures_are_remembered_through_a_pause(task):
    ScheduledTask.objects.update(pause_after_failures=3, consecutive_failures=2)
    task.refresh_from_db()
    services.pause_task(task, user=None)
    services.resume_task(task, user=None)
    task.refresh_from_db()
    assert task.consecutive_failures == 2


def test_a_task_that_is_created_paused_says_since_when(clock):
    clone = services.clone_task(minutely(NOW + MINUTE), user=make_user())
    clone.refresh_from_db()
    assert (clone.active, clone.paused_at, clone.due_at) == (
        False,
        timezone.now(),
        None,
    )


def test_a_paused_task_can_be_deleted_with_its_runs_under_way(task, clock):
    clock.shift(MINUTE)
    dispatch_due()
    run = ledger(task)[0]
    begin(run)
    services.pause_task(task, user=None)
    services.delete_task(task, user=None)
    run.refresh_from_db()
    assert (run.task, run.note) == (None, "Its task was deleted.")


def test_a_broken_task_can_be_paused_until_a_moment_and_is_then_set_aside(task, clock):
    ScheduledTask.objects.update(timezone="Mars/Olympus")
    task.refresh_from_db()
    services.pause_task(task, user=None, resume_at=NOW + 10 * MINUTE)
    task.refresh_from_db()
    assert (task.active, task.due_at) == (False, NOW + 10 * MINUTE)
    clock.shift(10 * MINUTE)
    dispatch_due()
    task.refresh_from_db()
    assert (task.active, task.due_at) == (False, None)
    assert "Mars/Olympus" in task.schedule_error

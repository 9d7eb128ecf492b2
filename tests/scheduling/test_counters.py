"""The counters of tasks, and the pause after too many failures in a row."""

from __future__ import annotations

import pytest
from django.utils import timezone

from scheduling import services
from scheduling.lifecycle import finish
from scheduling.models import Event, Run, ScheduledTask
from tests.factories import make_task
from tests.scheduling.test_run_lifecycle import make, outcome

pytestmark = pytest.mark.django_db


def end(status: str, *tasks: ScheduledTask) -> list[Run]:
    runs = [make("running", task) for task in tasks]
    finish([outcome(run, status) for run in runs])
    for task in tasks:
        task.refresh_from_db()
    return runs


def test_a_task_is_paused_when_it_has_failed_as_often_as_it_may():
    task = make_task(pause_after_failures=2, next_run_at=timezone.now())
    end("failed", task)
    assert task.active
    (run,) = end("failed", task)
    assert not task.active
    assert task.pause_note == "2 failures in a row."
    assert (task.due_at, task.next_run_at, task.resume_at) == (None, None, None)
    assert task.next_slot is not None  # the ledger goes on from there
    assert task.paused_at is not None
    event = Event.objects.get()
    assert (event.kind, event.task, event.run) == ("paused", task, run)


def test_a_success_in_between_begins_the_count_anew():
    task = make_task(pause_after_failures=2)
    for status in ("failed", "succeeded", "failed"):
        end(status, task)
    assert task.active


def test_a_task_without_a_limit_goes_on_failing():
    task = make_task()
    for _ in range(5):
        end("failed", task)
    assert task.active
    assert not Event.objects.exists()


def test_a_task_that_is_paused_already_is_not_paused_again():
    task = make_task(active=False, pause_note="by hand", pause_after_failures=1)
    end("failed", task)
    assert task.pause_note == "by hand"
    assert not Event.objects.exists()


def test_the_version_of_a_task_that_paused_itself_stays():
    task = make_task(pause_after_failures=1)
    before = (task.version, task.updated_at)
    end("failed", task)
    assert (task.version, task.updated_at) == before


def test_a_task_that_is_resumed_may_fail_as_often_again():
    task = make_task(pause_after_failures=2)
    for _ in range(2):
        end("failed", task)
    services.resume_task(task, user=None)
    end("failed", task)
    assert task.active


def test_a_batch_costs_the_same_however_many_fail(django_assert_max_num_queries):
    tasks = [make_task(pause_after_failures=1) for _ in range(20)]
    runs = [make("running", task) for task in tasks]
    with django_assert_max_num_queries(25):
        finish([outcome(run, "failed") for run in runs])
    assert Event.objects.filter(kind="paused").count() == 20

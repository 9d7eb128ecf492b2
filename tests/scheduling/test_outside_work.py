"""Slots whose work is done outside: one run each, with all that a run brings about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.models import Delivery
from scheduling import dispatch, lifecycle, maintenance, services
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Dependency, Run, ScheduledTask
from scheduling.services import OutsideWork, complete_slot, plan_next
from tests.factories import make_blackout, make_run, make_task, make_webhook
from tests.scheduling.threads import in_thread

DONE = OutsideWork()


def due_task(**fields) -> ScheduledTask:
    """A task of every hour whose slot of a second ago is due."""
    slot = timezone.now().replace(microsecond=0) - timedelta(seconds=1)
    fields = {
        "schedule_type": "interval",
        "interval_seconds": 3600,
        "schedule_time": None,
        "created_at": slot - timedelta(hours=1),
        "next_run_at": slot,
    } | fields
    return make_task(**fields)


def outcome(task: ScheduledTask) -> str:
    try:
        complete_slot(task, DONE, user=None)
    except Conflict:
        return "conflict"
    return "done"


@pytest.mark.django_db
def test_its_webhooks_are_owed_the_result():
    task = due_task()
    make_webhook(task)
    run = complete_slot(task, DONE, user=None)
    (delivery,) = Delivery.objects.all()
    assert (delivery.run_id, run.status, run.attempt) == (run.id, "succeeded", 1)


@pytest.mark.django_db
def test_the_tasks_after_it_begin():
    task, after = due_task(), make_task(schedule_type="none", schedule_time=None)
    Dependency.objects.create(task=after, parent=task)
    complete_slot(task, DONE, user=None)
    run = after.runs.get()
    assert (run.trigger, run.status, run.waits_for) == ("chain", "queued", "")


@pytest.mark.django_db
def test_a_failure_is_final_though_the_task_has_tries_left():
    task = due_task(max_attempts=3)
    run = complete_slot(task, OutsideWork(success=False), user=None)
    assert (run.status, run.error) == ("failed", "The work outside has failed.")


@pytest.mark.django_db
def test_nothing_is_completed_while_everything_is_paused():
    make_blackout()
    task = due_task()
    with pytest.raises(Conflict, match="may not run now"):
        complete_slot(task, DONE, user=None)
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_paused_task_has_no_slot_to_complete():
    with pytest.raises(Conflict, match="No slot of 'off' is due"):
        complete_slot(due_task(id="off", active=False), DONE, user=None)


@pytest.mark.django_db
def test_an_agent_without_a_free_place_hinders_no_work_that_was_done_outside():
    task = due_task()
    Agent.objects.filter(id=task.agent_id).update(max_concurrent=1)
    task.agent.refresh_from_db()
    busy = make_run(make_task(agent=task.agent))
    assert lifecycle.claim([busy.id], worker="w")
    assert complete_slot(task, DONE, user=None).status == "succeeded"


@pytest.mark.django_db
def test_a_slot_without_a_budget_left_stays_as_it_is_for_beat():
    task = due_task(day_cost_limit=0)
    with pytest.raises(Conflict, match="may not run now"):
        complete_slot(task, DONE, user=None)
    assert dispatch.dispatch_due().tasks == 1
    assert task.runs.get().skip_reason == "budget"


@pytest.mark.django_db
def test_the_pause_that_is_asked_for_comes_with_the_slot(monkeypatch):
    task = due_task()

    def die(_outcomes):
        raise SystemExit

    monkeypatch.setattr(lifecycle, "finish", die)
    with pytest.raises(SystemExit):
        complete_slot(task, DONE, user=None, plan=False)
    task.refresh_from_db()
    assert (task.active, task.pause_note) == (False, services.outside_work.UNPLANNED)


@pytest.mark.django_db
def test_beat_leaves_a_completed_slot_alone():
    task = due_task()
    complete_slot(task, DONE, user=None)
    assert dispatch.dispatch_due().tasks == 0
    assert task.runs.count() == 1


@pytest.mark.django_db
def test_a_run_beside_the_schedule_that_is_done_hinders_nothing():
    task = due_task()
    make_run(task, status="succeeded", finished_at=timezone.now())
    assert complete_slot(task, DONE, user=None).trigger == "schedule"


@pytest.mark.django_db
def test_planning_what_is_planned_changes_nothing():
    task = make_task(next_run_at=timezone.now() + timedelta(hours=1))
    planned = plan_next(task, user=None)
    fresh = ScheduledTask.objects.get(id=task.id)
    assert (fresh.due_at, fresh.version) == (task.due_at, task.version)
    assert planned.due_at == task.due_at


@pytest.mark.django_db
def test_planning_mends_what_beat_has_set_aside():
    task = make_task(schedule_error="no zone", next_slot=timezone.now())
    plan_next(task, user=None)
    fresh = ScheduledTask.objects.get(id=task.id)
    assert fresh.due_at is not None
    assert fresh.schedule_error == ""


@pytest.mark.django_db
def test_the_slots_until_the_moment_that_was_asked_for_count_as_paused():
    task = due_task(next_run_at=timezone.now() + timedelta(seconds=1))
    plan_next(task, user=None, after=timezone.now() + timedelta(hours=5))
    services.resume_task(task, user=None)
    assert ScheduledTask.objects.get(id=task.id).active


@pytest.mark.django_db(transaction=True)
def test_of_many_who_complete_one_slot_at_once_one_is_first(shared_database):
    task = due_task()
    asked = [in_thread(outcome, ScheduledTask.objects.get(id=task.id)) for _ in range(8)]  # fmt: skip
    told = sorted(each.result(timeout=30) for each in asked)
    assert told == ["conflict"] * 7 + ["done"]
    task.refresh_from_db()
    assert (task.runs.count(), task.run_count) == (1, 1)


@pytest.mark.django_db
def test_when_the_process_that_took_it_dies_no_agent_does_it_again(monkeypatch):
    task = due_task(max_attempts=3)

    def die(_outcomes):
        raise SystemExit

    with monkeypatch.context() as death:
        death.setattr(lifecycle, "finish", die)
        with pytest.raises(SystemExit):
            complete_slot(task, DONE, user=None)
    task.runs.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    maintenance.rescue()
    assert task.runs.get().status == "failed"

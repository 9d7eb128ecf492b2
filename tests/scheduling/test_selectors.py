"""Who sees what, and the state of the installation in a constant number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.models import Run, ScheduledTask
from scheduling.selectors import (
    health_report,
    incidents_visible_to,
    runs_visible_to,
    tasks_visible_to,
)
from tests.factories import make_incident, make_run, make_task, make_user, make_webhook
from tests.scheduling.test_run_lifecycle import make

pytestmark = pytest.mark.django_db


def test_staff_see_all_and_others_what_they_own_or_are_the_target_of():
    owner, target, stranger = (make_user() for _ in range(3))
    task = make_task(owner=owner, target_user_id=str(target.pk))
    other = make_task()
    for user in (owner, target):
        assert list(tasks_visible_to(user)) == [task]
    assert list(tasks_visible_to(stranger)) == []
    assert set(tasks_visible_to(make_user(is_staff=True))) == {task, other}


def test_runs_are_seen_by_whom_the_task_was_for_even_when_it_is_gone():
    owner, target = make_user(), make_user()
    task = make_task(owner=owner, target_user_id=str(target.pk))
    run = make_run(task)
    make_run()
    assert list(runs_visible_to(owner)) == [run]
    assert list(runs_visible_to(target)) == [run]
    task.delete()
    assert list(runs_visible_to(target)) == [run]
    assert runs_visible_to(make_user(is_staff=True)).count() == 2


def test_a_target_that_is_nobody_is_not_everybody():
    make_run(make_task(target_user_id=""))
    assert not runs_visible_to(make_user()).exists()
    assert not tasks_visible_to(make_user()).exists()


def test_the_report_of_an_empty_installation_has_its_shape():
    report = health_report()
    assert report["tasks"] == {"active": 0, "paused": 0}
    assert report["oldest_queued_seconds"] is None
    assert report["late_tasks"] == report["failures"] == report["next_runs"] == []


def test_the_report_names_what_is_late_failed_set_aside_and_next():
    now = timezone.now()
    late = make_task(next_run_at=now - timedelta(seconds=90))
    coming = make_task(name="Coming", next_run_at=now + timedelta(hours=1))
    make_task(active=False)
    aside = make_task(schedule_error="ScheduleError: no such zone")
    make("failed", coming, error="boom", failure_reason="timeout")
    make("succeeded", coming)
    make("failed", coming, finished_at=now - timedelta(days=2))
    make_run(coming, next_attempt_at=now - timedelta(seconds=30))
    make("running", coming)

    report = health_report()

    assert report["tasks"] == {"active": 3, "paused": 1}
    assert [each["id"] for each in report["late_tasks"]] == [late.id]
    assert report["late_tasks"][0]["late_seconds"] == pytest.approx(90, abs=5)
    assert [each["id"] for each in report["set_aside_tasks"]] == [aside.id]
    (failure,) = report["failures"]
    assert (failure["reason"], failure["error"]) == ("timeout", "boom")
    assert [each["task"] for each in report["next_runs"]] == ["Coming"]
    assert (report["queued"], report["running"]) == (1, 1)
    assert report["oldest_queued_seconds"] == pytest.approx(30, abs=5)
    assert report["runs_last_24h"]["succeeded"] == 1


def test_the_report_costs_the_same_however_much_there_is(
    django_assert_max_num_queries,
):
    for _ in range(30):
        task = make_task(next_run_at=timezone.now() - timedelta(minutes=5))
        make_webhook(task)
        make("failed", task)
    assert (ScheduledTask.objects.count(), Run.objects.count()) == (30, 30)
    with django_assert_max_num_queries(12):
        report = health_report()
    assert len(report["late_tasks"]) == len(report["failures"]) == 10


def test_who_takes_the_id_of_a_deleted_task_sees_no_incident_of_it():
    old = make_task(id="report", owner=make_user())
    make_incident(task_id="report", key="task:report")
    assert incidents_visible_to(old.owner).count() == 1
    old.delete()
    new = make_task(id="report", owner=make_user())
    assert not incidents_visible_to(new.owner).exists()

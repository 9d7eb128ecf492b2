"""A beat, a sender and a worker that serve one user leave the tasks of others alone."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.supervisor.options import Options
from config.supervisor.plan import service_specs
from scheduling import lifecycle, maintenance, waiting
from scheduling.dispatch import dispatch_due, next_due
from scheduling.doorbell import is_queue_empty, ring
from scheduling.models import Run, ScheduledTask
from scheduling.serving import own_name
from tests.factories import make_run, make_task, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(configure) -> User:
    """The user whom this process serves."""
    user = make_user(username="anna")
    configure("SCHEDULING", serve_user=str(user.pk))
    return user


@pytest.fixture
def bert() -> User:
    return make_user(username="bert")


def due_task(owner: User | None, **fields: Any) -> ScheduledTask:
    due = timezone.now() - timedelta(seconds=1)
    fields = {
        "schedule_type": "interval",
        "interval_seconds": 3600,
        "created_at": due - timedelta(days=1),
        "next_run_at": due,
    } | fields
    return make_task(owner=owner, **fields)


def test_only_the_users_due_slots_become_runs(anna, bert):
    own, other, nobodys = due_task(anna), due_task(bert), due_task(None)
    assert dispatch_due().tasks == 1
    assert own.runs.count() == 1
    for each in (other, nobodys):
        before = each.due_at
        each.refresh_from_db()
        assert (each.due_at, each.runs.count()) == (before, 0)


def test_beat_sleeps_until_the_next_slot_of_the_user(anna, bert):
    due_task(bert)
    assert next_due() is None
    own = due_task(anna)
    assert next_due() == own.due_at


def test_only_the_users_runs_are_claimed_and_the_others_stay_as_they_are(anna, bert):
    own, other = (make_run(make_task(owner=user)) for user in (anna, bert))
    claimed = lifecycle.claim([own.id, other.id], worker="w")
    assert [run.id for run in claimed] == [own.id]
    other.refresh_from_db()
    assert (other.status, other.waits_for, other.attempt) == ("queued", "", 0)


def test_a_worker_that_serves_all_claims_the_users_runs_too(anna, configure):
    configure("SCHEDULING", serve_user="")
    run = make_run(make_task(owner=anna))
    assert len(lifecycle.claim([run.id], worker="w")) == 1


def test_only_the_users_runs_are_rung_again(anna, bert, monkeypatch):
    rung: list[uuid.UUID] = []
    for module in (maintenance, waiting):
        monkeypatch.setattr(module, "ring", rung.extend)
    monkeypatch.setattr(maintenance, "is_queue_empty", lambda: True)
    long_ago = timezone.now() - timedelta(hours=1)
    own, other = (
        make_run(make_task(owner=user), next_attempt_at=long_ago, rung_at=None)
        for user in (anna, bert)
    )
    assert maintenance.republish() == 1
    Run.objects.update(rung_at=None)
    waiting.ring_due(timezone.now())
    assert rung == [own.id, own.id]
    other.refresh_from_db()
    assert other.rung_at is None


def test_each_run_is_rung_where_it_can_be_claimed(anna, bert, broker):
    own, other = (make_run(make_task(owner=user)) for user in (anna, bert))
    assert is_queue_empty()
    ring([own.id, other.id])
    assert not is_queue_empty()
    client = broker.client()
    for queue, run in ((f"agents.user-{anna.pk}", own), ("agents", other)):
        (message,) = client.lrange(queue, 0, -1)
        assert str(run.id) in str(message)


def test_the_lease_of_its_beat_is_its_own(anna, configure):
    assert own_name("backbeat:beat") == f"backbeat:beat.user-{anna.pk}"
    configure("SCHEDULING", serve_user="")
    assert own_name("backbeat:beat") == "backbeat:beat"


def test_its_processes_have_queues_and_names_of_their_own(tmp_path):
    env = {"SCHEDULING_SERVE_USER": "7"}
    specs = service_specs(Options(data_dir=tmp_path, webs=0), env)
    argv = {spec.name: spec.argv for spec in specs}
    assert {"agents.user-7", "worker.user-7@%h"} <= set(argv["worker"])
    assert {"notifications,celery.user-7", "sender.user-7@%h"} <= set(argv["sender"])


def test_what_is_due_is_found_by_its_own_index(anna, configure, on_postgresql):
    if on_postgresql:
        pytest.skip("A table of a few rows is read whole there.")
    for user in (str(anna.pk), ""):
        configure("SCHEDULING", serve_user=user)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            dispatch_due()
        due = next(each["sql"] for each in asked if "due_at" in each["sql"])
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {due}")
            plan = str(cursor.fetchall())
        assert "task_due" in plan
        assert "USE TEMP B-TREE" not in plan


def test_ringing_asks_nothing_where_all_are_served(django_assert_num_queries, broker):
    with django_assert_num_queries(0):
        ring([uuid.uuid4()])


def test_no_run_takes_longer_than_the_worker_allows(configure):
    configure("SCHEDULING", longest_run_seconds=30)
    runs = [make_run(deadline_seconds=seconds) for seconds in (10, 300)]
    claimed = lifecycle.claim([run.id for run in runs], worker="w")
    assert sorted(run.deadline_seconds for run in claimed) == [10, 30]
    assert set(Run.objects.values_list("deadline_seconds", flat=True)) == {10, 300}

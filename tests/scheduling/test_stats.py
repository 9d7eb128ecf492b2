"""The scheduler's numbers: from processes and runs, with the same queries whatever there is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from scheduling.models import Process
from scheduling.stats import scheduler_stats
from tests.factories import make_blackout, make_member, make_run, make_task

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def process(kind: str, *, ago: timedelta = HOUR, silent: bool = False, **fields: Any) -> Process:  # fmt: skip
    """A process that began so long ago; `silent`: it was last heard of ten minutes ago."""
    now = timezone.now()
    queues = ["agents", "deliveries", "default"] if kind == "worker" else []
    routes = {each["queue"] for each in settings.CELERY_TASK_ROUTES.values()}
    fields = {
        "name": f"{kind}@here:{Process.objects.count()}",
        "kind": kind,
        "queues": sorted({*queues, *routes, settings.CELERY_TASK_DEFAULT_QUEUE}) if queues else [],
        "pid": 1,
        "started_at": now - ago,
        "seen_at": now - timedelta(minutes=10) if silent else now,
        "silent_after_seconds": 30,
    } | fields  # fmt: skip
    made: Process = Process.objects.create(**fields)
    return made


def test_without_a_process_it_is_stopped():
    found = scheduler_stats()
    assert (found.state, found.started_at, found.next_poll_at) == ("stopped", None, None)  # fmt: skip


def test_with_a_beat_and_all_queues_served_it_runs():
    process("beat"), process("worker")
    assert scheduler_stats().state == "running"


def test_while_everything_is_paused_it_is_paused():
    process("beat"), process("worker")
    make_blackout()
    assert scheduler_stats().state == "paused"


def test_at_first_what_is_missing_may_still_come():
    process("beat", ago=timedelta(seconds=5))
    assert scheduler_stats().state == "starting"


def test_after_a_beat_that_went_in_order_it_is_stopping():
    process("worker")
    assert scheduler_stats().state == "stopping"


@pytest.mark.parametrize(("gone", "left"), [("beat", "worker"), ("worker", "beat")])
def test_what_fell_silent_is_an_error(gone, left):
    process(gone, silent=True), process(left)
    assert scheduler_stats().state == "error"


def test_runs_are_counted_since_the_beat_that_fires_has_begun():
    process("beat", ago=3 * HOUR, name="beat@a:1")
    leader = process("beat", leads=True, name="beat@b:2")
    task, now = make_task(), timezone.now()
    for status in ("succeeded", "succeeded", "cancelled", "skipped"):
        reason = {"skip_reason": "missed"} if status == "skipped" else {}
        make_run(task, status=status, finished_at=now, **reason)
    make_run(task, status="failed", failure_reason="error", finished_at=now)
    make_run(task, status="succeeded", finished_at=now, created_at=now - 2 * HOUR)
    found = scheduler_stats()
    assert found.started_at == leader.started_at
    assert found.last_poll_at == leader.seen_at
    done = (found.tasks_executed, found.tasks_succeeded, found.tasks_failed)
    assert done == (4, 2, 1)


def test_what_runs_what_waits_and_for_how_long_is_told():
    now = timezone.now()
    make_run(status="running", lease_token="0" * 32, lease_expires_at=now + HOUR)
    make_run(next_attempt_at=now - timedelta(seconds=90))
    make_run(next_attempt_at=now + HOUR)
    make_task(late_since=now)
    found = scheduler_stats()
    assert (found.active_tasks, found.queued_tasks, found.late_tasks) == (1, 1, 1)
    assert found.queue_age_seconds == pytest.approx(90, abs=10)


def test_beat_looks_next_when_something_is_due_or_its_poll_interval_is_over(configure):
    configure("SCHEDULING", beat_poll_seconds=3600.0)
    process("beat")
    now = timezone.now()
    assert scheduler_stats().next_poll_at > now + timedelta(minutes=59)
    make_task(next_run_at=now + timedelta(minutes=5))
    assert scheduler_stats().next_poll_at == now + timedelta(minutes=5)


def test_it_takes_the_same_few_queries_whatever_there_is(django_assert_max_num_queries):
    for _ in range(5):
        process("beat"), process("worker"), make_run(make_task())
    with django_assert_max_num_queries(10):
        scheduler_stats()


def test_staff_read_it_in_the_api():
    process("beat")
    client = Client()
    client.force_login(make_member("viewers"))
    found = client.get("/v2/admin/scheduler/stats").json()
    assert (found["state"], found["beats"], found["workers"]) == ("error", 1, 0)
    assert found["started_at"] is not None

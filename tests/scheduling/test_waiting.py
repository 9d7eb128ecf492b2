"""Lanes: who may go when something ends, and what is rung when its time has come."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from scheduling import lifecycle, services, waiting
from scheduling.models import Backfill, Run, ScheduledTask
from scheduling.outcome import Outcome
from tests.factories import make_run, make_task
from tests.scheduling.due import NOW, begin
from tests.scheduling.threads import await_true, in_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    """The ids that are rung."""
    ids: list[uuid.UUID] = []
    monkeypatch.setattr(waiting, "ring", ids.extend)
    return ids


def wait(task: ScheduledTask, minute: int = 0, **fields: Any) -> Run:
    """A run that waits for the one before it."""
    return make_run(
        task,
        **{
            "trigger": "schedule",
            "waits_for": "previous",
            "scheduled_for": NOW + timedelta(minutes=minute),
            "next_attempt_at": NOW,
            "rung_at": None,
        }
        | fields,
    )


def run_running(task: ScheduledTask, **fields: Any) -> Run:
    run = make_run(task, **fields)
    begin(run)
    run.refresh_from_db()
    return run


def finished(run: Run) -> None:
    outcome = Outcome(
        run_id=run.id, lease_token=run.lease_token, status=Run.Status.SUCCEEDED
    )
    lifecycle.finish([outcome])


def waits(*runs: Run) -> list[str]:
    for run in runs:
        run.refresh_from_db()
    return [run.waits_for for run in runs]


def backfill_of(task: ScheduledTask) -> Backfill:
    return Backfill.objects.create(
        task=task, task_ref=task.id, task_name=task.name, from_at=NOW, until_at=NOW
    )


def test_the_oldest_slot_goes_first_and_one_at_a_time(
    rung, django_capture_on_commit_callbacks
):
    task = make_task()
    now = run_running(task)
    late, early = wait(task, 2), wait(task, 1)
    with django_capture_on_commit_callbacks(execute=True):
        finished(now)
    assert waits(early, late) == ["", "previous"]
    assert rung == [early.id]
    assert early.rung_at is not None


def test_nothing_goes_while_something_else_of_the_lane_does():
    task = make_task()
    one, other = run_running(task), run_running(task)
    next_ = wait(task)
    finished(one)
    assert waits(next_) == ["previous"]
    finished(other)
    assert waits(next_) == [""]


def test_the_lanes_of_backfills_and_of_all_others_do_not_wait_for_each_other():
    task = make_task()
    backfill = backfill_of(task)
    scheduled = run_running(task)
    filling = run_running(task, trigger="backfill", scheduled_for=NOW)
    next_ = wait(task, 1)
    filled = wait(task, 2, trigger="backfill", backfill=backfill)
    finished(filling)
    assert waits(next_, filled) == ["previous", ""]
    finished(scheduled)
    assert waits(next_) == [""]


def test_the_lane_is_busy_while_a_cycle_that_the_task_began_goes_on():
    task, child = make_task(), make_task()
    root = run_running(task)
    last = run_running(child, root=root, trigger="chain")
    next_ = wait(task)
    finished(root)
    assert waits(next_) == ["previous"]
    finished(last)
    assert waits(next_) == [""]


def test_what_is_held_in_a_cycle_that_waits_itself_is_no_obstacle():
    task, child = make_task(), make_task()
    now, next_ = run_running(task), wait(task)
    make_run(child, root=next_, trigger="chain", waits_for="parents")
    finished(now)
    assert waits(next_) == [""]


def test_what_is_to_start_later_is_released_and_rung_by_beat(rung):
    task = make_task()
    now = run_running(task)
    later = wait(task, next_attempt_at=timezone.now() + timedelta(hours=1))
    finished(now)
    assert waits(later) == [""]
    assert (later.rung_at, rung) == (None, [])


def test_many_lanes_cost_no_more_queries_than_one():
    def release(count: int) -> int:
        tasks = [make_task() for _ in range(count)]
        ended = [make_run(task, status="succeeded", finished_at=NOW) for task in tasks]
        for task in tasks:
            wait(task)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            waiting.release(ended, timezone.now())
        assert not Run.objects.filter(waits_for="previous").exists()
        return len(queries)

    assert release(1) == release(20) <= 6


@pytest.mark.django_db(transaction=True)
def test_two_ends_at_once_do_not_both_leave_it_to_the_other(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    for _ in range(5):
        task = make_task()
        pair = [run_running(task), run_running(task)]
        next_ = wait(task)
        together = threading.Barrier(2)

        def end_one(run: Run, together: threading.Barrier = together) -> None:
            together.wait(timeout=10)
            finished(run)

        for ending in [in_thread(end_one, run) for run in pair]:
            ending.result(timeout=20)
        assert waits(next_) == [""]


def test_the_lock_of_the_lanes_holds_the_tasks_of_runs_and_of_their_cycles(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    task, child, other = make_task(), make_task(), make_task()
    run = make_run(child, root=make_run(task), trigger="chain")
    with transaction.atomic():
        waiting.lock_lanes([run.id])
        free = in_thread(_free_tasks)
        assert free.result(timeout=10) == [other.id]


@pytest.mark.django_db(transaction=True)
def test_a_task_is_not_held_while_its_deletion_waits_for_another_of_its_cycle(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    first, last = make_task(id="a"), make_task(id="b")
    make_run(last, root=make_run(first), trigger="chain")
    with transaction.atomic():
        ScheduledTask.objects.select_for_update(no_key=True).get(id="a")
        deletion = in_thread(services.delete_task, last, user=None)
        await_true(_is_one_waiting, "the deletion waits")
        ScheduledTask.objects.select_for_update(nowait=True).get(id="b")  # is free
    deletion.result(timeout=10)
    assert not ScheduledTask.objects.filter(id="b").exists()


def _is_one_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database()"
        )
        return cursor.fetchone() is not None


def _free_tasks() -> list[str]:
    with transaction.atomic():
        rows = ScheduledTask.objects.select_for_update(skip_locked=True)
        return list(rows.values_list("id", flat=True))


# -- what was forgotten


def test_what_waits_in_a_free_lane_is_released_by_the_reconciler(rung):
    free, busy = make_task(), make_task()
    run_running(busy)
    forgotten, patient = wait(free), wait(busy)
    assert waiting.release_forgotten() == 1
    assert waits(forgotten, patient) == ["", "previous"]


def test_what_waits_for_a_deleted_task_is_released_to_end_in_the_runner():
    run = wait(make_task())
    Run.objects.update(task=None)
    assert waiting.release_forgotten() == 1
    assert waits(run) == [""]


def test_when_nothing_waits_the_reconciler_asks_once(django_assert_num_queries):
    make_run()
    with django_assert_num_queries(1):
        assert waiting.release_forgotten() == 0


# -- put off


def test_a_run_whose_time_has_come_is_rung_once(rung):
    now = timezone.now()
    run = make_run(next_attempt_at=now, rung_at=None)
    later = make_run(next_attempt_at=now + timedelta(minutes=5), rung_at=None)
    assert waiting.ring_due(now) == later.next_attempt_at
    assert waiting.ring_due(now) == later.next_attempt_at
    assert rung == [run.id]
    run.refresh_from_db()
    assert run.rung_at == now


def test_when_none_is_put_off_it_is_one_query(rung, django_assert_num_queries):
    make_run()
    wait(make_task())
    with django_assert_num_queries(1):
        assert waiting.ring_due(timezone.now()) is None
    assert rung == []


def test_more_than_a_batch_is_rung(rung, monkeypatch):
    monkeypatch.setattr(waiting, "_BATCH", 3)
    task = make_task()
    for _ in range(7):
        make_run(task, next_attempt_at=NOW, rung_at=None)
    assert waiting.ring_due(timezone.now()) is None
    assert len(set(rung)) == 7

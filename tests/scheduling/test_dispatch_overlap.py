"""A slot while something of its task is under way: skip, queue, allow, replace, row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, transaction
from django.utils import timezone

from scheduling import lifecycle, services
from scheduling.dispatch import _due, dispatch_due
from scheduling.exceptions import Conflict
from scheduling.lifecycle import request_cancels
from scheduling.models import Dependency, Run, ScheduledTask
from scheduling.outcome import Outcome
from tests.factories import make_run, make_task
from tests.scheduling.due import MINUTE, NOW, begin, end, ledger, minutely, told
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False) as traveller:
        yield traveller


def finish(run: Run, status: str = "succeeded") -> None:
    """The worker of a running run ends it."""
    run.refresh_from_db()
    outcome = Outcome(
        run_id=run.id,
        lease_token=run.lease_token,
        status=Run.Status(status),
        failure_reason="error" if status == "failed" else "",
    )
    assert lifecycle.finish([outcome]) == [run.id]


def next_minute(clock: Any) -> None:
    clock.shift(MINUTE)
    dispatch_due()


def test_skip_leaves_a_row_that_names_the_run_in_its_way(clock):
    task = minutely(overlap="skip")
    dispatch_due()
    begin(ledger(task)[0])
    next_minute(clock)
    next_minute(clock)
    assert told(task) == [(0, 1, "running"), (1, 1, "overlap"), (2, 1, "overlap")]
    skipped = ledger(task)[1]
    assert skipped.note == "The run of 2026-03-02 07:00:00 was still under way."
    assert (skipped.slots, skipped.last_slot) == (1, None)
    finish(ledger(task)[0])
    next_minute(clock)
    assert told(task)[-1] == (3, 1, "queued")


def test_queue_lets_one_wait_and_skips_the_next_and_then_the_waiting_one_goes(clock):
    task = minutely(overlap="queue")
    dispatch_due()
    begin(ledger(task)[0])
    next_minute(clock)
    next_minute(clock)
    assert told(task) == [(0, 1, "running"), (1, 1, "previous"), (2, 1, "overlap")]
    assert ledger(task)[2].note == "One run is waiting already."
    assert lifecycle.claim([ledger(task)[1].id], worker="w") == []
    finish(ledger(task)[0])
    assert told(task)[1] == (1, 1, "queued")
    assert len(lifecycle.claim([ledger(task)[1].id], worker="w")) == 1


def test_allow_runs_them_beside_one_another(clock):
    task = minutely(overlap="allow")
    dispatch_due()
    begin(ledger(task)[0])
    next_minute(clock)
    assert told(task) == [(0, 1, "running"), (1, 1, "queued")]


def test_replace_stops_what_runs_and_waits_until_it_has_ended(clock):
    task = minutely(overlap="replace")
    dispatch_due()
    old = ledger(task)[0]
    begin(old)
    next_minute(clock)
    assert told(task) == [(0, 1, "running"), (1, 1, "previous")]
    old.refresh_from_db()
    assert old.cancel_requested_at == timezone.now()
    assert old.note == "Replaced by the run of 2026-03-02 07:01:00."

    next_minute(clock)
    assert told(task) == [(0, 1, "running"), (1, 1, "cancelled"), (2, 1, "previous")]
    old.refresh_from_db()
    assert old.note == "Replaced by the run of 2026-03-02 07:01:00."

    finish(old, "cancelled")
    assert told(task)[2] == (2, 1, "queued")


def test_replace_of_what_has_not_begun_is_free_at_once(clock):
    task = minutely(overlap="replace")
    dispatch_due()
    next_minute(clock)
    assert told(task) == [(0, 1, "cancelled"), (1, 1, "queued")]
    assert ledger(task)[1].rung_at is not None


def test_of_several_slots_of_a_hiccup_replace_runs_the_newest(clock):
    task = minutely(overlap="replace", interval_seconds=10)
    clock.shift(timedelta(seconds=25))
    dispatch_due()
    assert [row[2] for row in told(task)] == ["overlap", "overlap", "queued"]


def test_a_backfill_is_in_a_lane_of_its_own(clock):
    task = minutely()
    make_run(task, trigger="backfill", scheduled_for=NOW - timedelta(days=1))
    dispatch_due()
    assert told(task) == [(0, 1, "queued")]


def test_a_manual_run_is_under_way_too(clock):
    task = minutely()
    make_run(task)
    dispatch_due()
    assert told(task) == [(0, 1, "overlap")]
    assert ledger(task)[0].note == "A run was still under way."


def test_a_cycle_is_under_way_while_any_of_its_runs_is(clock):
    task, child = minutely(overlap="queue"), make_task()
    Dependency.objects.create(task=child, parent=task)
    dispatch_due()
    root, second = ledger(task)[0], child.runs.get()
    assert (second.root, second.waits_for) == (root, "parents")
    begin(root)
    finish(root)
    second.refresh_from_db()
    assert second.waits_for == ""

    next_minute(clock)
    assert told(task)[1] == (1, 1, "previous")
    begin(second)
    finish(second)
    assert told(task)[1] == (1, 1, "queued")


def test_replace_stops_the_rest_of_the_cycle(clock):
    task, child = minutely(overlap="replace"), make_task()
    Dependency.objects.create(task=child, parent=task)
    dispatch_due()
    root = ledger(task)[0]
    begin(root)
    next_minute(clock)
    first, second = child.runs.order_by("created_at")
    assert first.status == "cancelled"
    assert (second.status, second.waits_for) == ("queued", "parents")
    assert told(task) == [(0, 1, "running"), (1, 1, "previous")]


def test_all_that_was_caught_up_runs_one_after_the_other(clock):
    clock.shift(10 * MINUTE)
    task = minutely(catch_up="all", catch_up_cap=2)
    dispatch_due()
    order = [run for run in ledger(task) if run.status == "queued"]
    assert [run.waits_for for run in order] == ["", "previous", "previous"]
    for run in order:
        assert [each.id for each in free_runs()] == [run.id]
        begin(run)
        finish(run, "failed")
    assert not Run.objects.filter(status="queued").exists()


def free_runs() -> list[Run]:
    return list(Run.objects.filter(status="queued", waits_for=""))


def test_no_lane_is_held_up_by_a_failed_run(clock):
    task = minutely(overlap="queue")
    dispatch_due()
    begin(ledger(task)[0])
    next_minute(clock)
    finish(ledger(task)[0], "failed")
    assert told(task)[1] == (1, 1, "queued")


def test_a_retry_that_waits_for_its_time_holds_the_lane(clock):
    task = minutely(overlap="queue")
    dispatch_due()
    run = ledger(task)[0]
    begin(run)
    next_minute(clock)
    run.refresh_from_db()
    lifecycle.finish(
        [
            Outcome(
                run_id=run.id,
                lease_token=run.lease_token,
                status=Run.Status.QUEUED,
                next_attempt_at=timezone.now() + timedelta(seconds=30),
            )
        ]
    )
    assert told(task) == [(0, 1, "queued"), (1, 1, "previous")]


# -- limits under concurrency


def test_max_runs_counts_what_the_schedule_starts_and_nothing_else(clock):
    task = minutely(max_runs=2, overlap="skip")
    dispatch_due()
    next_minute(clock)  # an overlap: no run
    end(ledger(task)[0])
    services.run_now(ScheduledTask.objects.get(), user=None)
    task.refresh_from_db()
    assert (task.scheduled_runs, task.due_at is None) == (1, False)
    Run.objects.filter(trigger="manual").delete()
    next_minute(clock)
    task.refresh_from_db()
    assert (task.scheduled_runs, task.due_at, task.next_run_at) == (2, None, None)
    assert task.active


def test_more_runs_are_planned_when_the_limit_is_raised(clock):
    task = minutely(max_runs=1)
    dispatch_due()
    task.refresh_from_db()
    services.update_task(task, fields={"max_runs": 2}, user=None)
    task.refresh_from_db()
    assert (task.next_slot, task.scheduled_runs) == (NOW + MINUTE, 1)


def test_two_dispatchers_at_once_start_no_more_than_max_runs(shared_database):
    first = timezone.now() - timedelta(seconds=30)
    tasks = [
        minutely(first, interval_seconds=1, max_runs=3, overlap="allow")
        for _ in range(8)
    ]
    for _ in range(2):
        for beat in [in_thread(dispatch_due) for _ in range(2)]:
            beat.result(timeout=60)
        ScheduledTask.objects.filter(due_at__isnull=False).update(due_at=first)
    for task in tasks:
        task.refresh_from_db()
        assert task.runs.filter(status="queued").count() == task.scheduled_runs == 3
        assert task.due_at is None


# -- locks


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_being_moved_is_replaced_at_the_next_look(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    task = minutely(timezone.now() - timedelta(seconds=1), overlap="replace")
    old = make_run(task)
    begin(old)
    with transaction.atomic():
        Run.objects.select_for_update().get(id=old.id)
        batch = in_thread(dispatch_due).result(timeout=10)
        assert (batch.tasks, batch.put_off, ledger(task)) == (0, 1, [])
        edit = in_thread(
            services.update_task, task, fields={"interval_seconds": 90}, user=None
        )
        assert isinstance(edit.exception(timeout=10), Conflict)
    assert dispatch_due().tasks == 1
    assert [run.waits_for for run in ledger(task)] == ["previous"]


@pytest.mark.django_db(transaction=True)
def test_what_follows_the_replaced_run_in_another_cycle_is_never_waited_for(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    task = minutely(timezone.now() - timedelta(seconds=1), overlap="replace")
    behind = make_task(id="behind")
    root = make_run(make_task(), edges=[[task.id, "x", "finished"], [behind.id, task.id, "succeeded"]])  # fmt: skip
    begin(root)
    make_run(task, root=root)
    make_run(behind, root=root, trigger="chain", waits_for="parents")
    with transaction.atomic():
        ScheduledTask.objects.select_for_update(no_key=True).get(id=behind.id)
        batch = in_thread(dispatch_due).result(timeout=10)
        assert (batch.tasks, batch.put_off) == (0, 1)
    assert dispatch_due().tasks == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_whose_cycles_reach_into_each_other_do_not_wait(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    task, child = minutely(timezone.now() - timedelta(seconds=1)), make_task(id="child")
    Dependency.objects.create(task=child, parent=task)
    ScheduledTask.objects.filter(id=child.id).update(due_at=timezone.now())
    with transaction.atomic():
        assert [each.id for each in _due(timezone.now()).filter(id=child.id)] == ["child"]  # fmt: skip
        assert in_thread(dispatch_due).result(timeout=10).tasks == 1
    assert Run.objects.filter(task=child, trigger="chain").exists()


@pytest.mark.django_db(transaction=True)
def test_replacing_and_ending_at_once_never_hold_each_other_up(
    shared_database, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite has one writer at a time")
    first = timezone.now() - timedelta(seconds=1)
    for round_ in range(6):
        task = minutely(first, id=f"r{round_}", overlap="replace")
        old = make_run(task)
        begin(old)
        old.refresh_from_db()
        ending = in_thread(finish, old)
        while not ledger(task):
            dispatch_due()
        try:
            ending.result(timeout=20)
        except OperationalError as error:
            pytest.fail(f"a deadlock: {error}")
        assert [run.waits_for for run in ledger(task)] == [""]


def test_a_run_that_is_cancelled_lets_the_next_go(clock):
    task = minutely(overlap="queue")
    dispatch_due()
    next_minute(clock)
    assert told(task) == [(0, 1, "queued"), (1, 1, "previous")]
    request_cancels([ledger(task)[0].id])
    assert told(task) == [(0, 1, "cancelled"), (1, 1, "queued")]

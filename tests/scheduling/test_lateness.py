"""What is late, said once; and what no longer is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling import lateness
from scheduling.models import Event, Run, ScheduledTask
from scheduling.tasks import watch as celery_task
from tests.factories import make_blackout, make_run, make_task
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
GRACE = timedelta(seconds=300)
SECOND = timedelta(seconds=1)


def late_since(task: ScheduledTask) -> datetime | None:
    return ScheduledTask.objects.values_list("late_since", flat=True).get(id=task.id)


def said() -> list[tuple[str, str]]:
    return [(each.kind, each.task_ref) for each in Event.objects.order_by("id")]


def queued(task: ScheduledTask, **fields: Any) -> Run:
    times = dict.fromkeys(("scheduled_for", "next_attempt_at", "created_at"), NOW)
    return make_run(task, **({"trigger": "schedule", **times} | fields))


def running(task: ScheduledTask, **fields: Any) -> Run:
    times = dict.fromkeys(("scheduled_for", "started_at", "created_at"), NOW)
    return make("running", task, **({"trigger": "schedule", **times} | fields))


# -- nothing was dispatched


def test_a_slot_that_nobody_dispatched_makes_its_task_late_after_the_grace():
    task = make_task(id="t", next_run_at=NOW)
    assert lateness.watch(NOW + GRACE) == 0
    assert lateness.watch(NOW + GRACE + SECOND) == 1
    assert late_since(task) == NOW + GRACE + SECOND
    event = Event.objects.get()
    assert (event.kind, event.slot, event.task) == ("late", NOW, task)
    assert "14:00:00" in event.note  # the task's zone


def test_a_task_has_its_own_grace():
    make_task(id="patient", next_run_at=NOW, grace_seconds=3600)
    make_task(id="strict", next_run_at=NOW, grace_seconds=10)
    lateness.watch(NOW + 11 * SECOND)
    assert said() == [("late", "strict")]


def test_the_spread_of_a_slot_belongs_to_its_time():
    make_task(next_slot=NOW, due_at=NOW + timedelta(hours=1), next_run_at=NOW)
    assert lateness.watch(NOW + timedelta(minutes=59)) == 0


def test_a_paused_task_is_never_late():
    make_task(next_run_at=NOW, active=False)
    assert lateness.watch(NOW + timedelta(days=1)) == 0


def test_it_is_said_once_however_often_it_is_looked_for():
    task = make_task(id="t", next_run_at=NOW)
    for minutes in (6, 7, 8):
        lateness.watch(NOW + timedelta(minutes=minutes))
    assert said() == [("late", "t")]
    assert late_since(task) == NOW + timedelta(minutes=6)


def test_a_task_whose_zone_is_not_known_is_late_like_any_other():
    task = make_task(id="t", next_run_at=NOW)
    ScheduledTask.objects.filter(id=task.id).update(timezone="Nowhere/Land")
    lateness.watch(NOW + timedelta(hours=1))
    assert said() == [("late", "t")]


# -- no worker took it


@pytest.mark.parametrize("trigger", ["schedule", "chain"])
def test_a_run_of_a_slot_that_no_worker_took_makes_its_task_late(trigger):
    task = make_task(id="t")
    run = queued(task, trigger=trigger)
    lateness.watch(NOW + GRACE + SECOND)
    run.refresh_from_db()
    assert run.late_at == late_since(task) == NOW + GRACE + SECOND
    assert Event.objects.get().run == run


@pytest.mark.parametrize(
    "fields",
    [
        {"trigger": "manual"},
        {"trigger": "backfill"},
        {"waits_for": "parents", "trigger": "chain"},
        {"waits_for": "previous"},
        {"next_attempt_at": NOW + timedelta(hours=2)},
    ],
)
def test_a_run_that_is_not_expected_yet_is_not_late(fields):
    queued(make_task(), **fields)
    assert lateness.watch(NOW + timedelta(hours=1)) == 0


# -- it takes too long


def test_a_run_that_takes_longer_than_expected_makes_its_task_late():
    task = make_task(id="t", expected_seconds=60)
    run = running(task)
    assert lateness.watch(NOW + timedelta(seconds=60)) == 0
    lateness.watch(NOW + timedelta(seconds=61))
    run.refresh_from_db()
    assert run.late_at == late_since(task)
    event = Event.objects.get()
    assert (event.kind, event.slot) == ("overdue", NOW)
    assert "60 s" in event.note


def test_a_run_is_expected_to_take_no_longer_than_its_deadline():
    running(make_task(id="t"), deadline_seconds=100, trigger="manual", scheduled_for=None)  # fmt: skip
    assert lateness.watch(NOW + timedelta(seconds=99)) == 0
    lateness.watch(NOW + timedelta(seconds=101))
    assert said() == [("overdue", "t")]


def test_a_run_that_started_late_and_takes_too_long_is_said_to_be_both():
    task = make_task(id="t")
    run = queued(task)
    lateness.watch(NOW + timedelta(minutes=6))
    first = Run.objects.get().late_at
    Run.objects.filter(id=run.id).delete()
    running(task, late_at=first)
    lateness.watch(NOW + timedelta(minutes=7))
    assert said() == [("late", "t"), ("overdue", "t")]
    assert Run.objects.get().late_at == first


def test_a_run_whose_task_was_deleted_is_nobodys():
    run = running(make_task())
    Run.objects.filter(id=run.id).update(task=None)
    assert lateness.watch(NOW + timedelta(days=1)) == 0


# -- back in time


def test_a_task_is_on_time_again_once_its_run_has_begun():
    task = make_task(id="t")
    run = queued(task)
    lateness.watch(NOW + timedelta(minutes=6))
    lateness.watch(NOW + timedelta(minutes=7))
    assert late_since(task) is not None
    run.delete()
    running(task, started_at=NOW + timedelta(minutes=7))
    lateness.watch(NOW + timedelta(minutes=8))
    assert late_since(task) is None
    assert said() == [("late", "t"), ("on_time", "t")]


def test_a_slot_that_was_dispatched_late_stays_late_until_a_worker_takes_it():
    task = make_task(id="t", next_run_at=NOW)
    lateness.watch(NOW + timedelta(minutes=6))
    dispatched = NOW + timedelta(minutes=7)
    ScheduledTask.objects.update(due_at=NOW + timedelta(days=1))
    queued(task, next_attempt_at=dispatched, late_at=dispatched)
    lateness.watch(dispatched + SECOND)
    assert late_since(task) is not None
    assert said() == [("late", "t")]


def test_a_pause_ends_being_late():
    task = make_task(id="t", next_run_at=NOW)
    lateness.watch(NOW + timedelta(minutes=6))
    ScheduledTask.objects.update(active=False)
    lateness.watch(NOW + timedelta(minutes=7))
    assert late_since(task) is None


def test_a_task_can_be_late_for_one_slot_after_another():
    task = make_task(id="t", next_run_at=NOW)
    lateness.watch(NOW + timedelta(minutes=6))
    tomorrow = NOW + timedelta(days=1)
    ScheduledTask.objects.update(next_slot=tomorrow, due_at=tomorrow)
    lateness.watch(NOW + timedelta(minutes=7))
    lateness.watch(tomorrow + timedelta(minutes=6))
    assert said() == [("late", "t"), ("on_time", "t"), ("late", "t")]
    assert late_since(task) == tomorrow + timedelta(minutes=6)


# -- while everything is paused


def test_nothing_is_late_while_everything_is_paused():
    make_task(id="t", next_run_at=NOW)
    make_blackout(starts_at=NOW, ends_at=NOW + timedelta(hours=1))
    assert lateness.watch(NOW + timedelta(minutes=30)) == 0
    assert said() == [("blackout", "")]
    lateness.watch(NOW + timedelta(hours=1))
    assert said() == [("blackout", ""), ("lifted", ""), ("late", "t")]


# -- what it costs


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    for number in range(30):
        task = make_task(id=f"t{number}", next_run_at=NOW)
        queued(task, scheduled_for=NOW - SECOND, next_attempt_at=NOW - SECOND)
        running(task, scheduled_for=NOW - 2 * SECOND)
    with django_assert_max_num_queries(20):
        assert lateness.watch(NOW + timedelta(hours=1)) == 30
    assert Event.objects.count() == 90


def test_celery_calls_it():
    make_task(id="t", next_run_at=NOW - timedelta(days=365 * 2))
    celery_task()
    assert said() == [("late", "t")]


@pytest.mark.django_db(transaction=True)
def test_two_that_watch_at_once_say_it_once(shared_database):
    task = make_task(id="t", next_run_at=NOW)
    running(task, scheduled_for=NOW - SECOND)
    later = NOW + timedelta(hours=1)
    both = [in_thread(lateness.watch, later) for _ in range(2)]
    for each in both:
        each.result(20)
    lateness.watch(later)  # what each of the two kept from the other
    assert sorted(said()) == [("late", "t"), ("overdue", "t")]

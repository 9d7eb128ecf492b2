"""Beat as it runs: real threads, a real lease, a real broker that comes and goes."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
)

from config import celery_app
from scheduling import beat, dispatch, services
from scheduling.beat import Leadership, TaskScheduler
from scheduling.models import Run, ScheduledTask
from tests.factories import make_run, make_task
from tests.scheduling.threads import await_true, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_periodic_tasks(shared_database):
    """Only the periodic tasks that a test makes, whatever the migrations left."""
    PeriodicTask.objects.all().delete()


class Counting(TaskScheduler):
    """Counts its looks at the lease: one each tick."""

    looks = 0

    def _hold_lease(self) -> bool:
        leads = super()._hold_lease()
        self.looks += 1
        return leads


class Beat:
    """A scheduler that ticks in a thread of its own."""

    def __init__(self) -> None:
        self.scheduler: Any = None
        self._ended = threading.Event()
        self._done = in_thread(self._run)
        await_true(lambda: self._done.done() or self.ticks, "the first tick")

    @property
    def ticks(self) -> int:
        return self.scheduler.looks if self.scheduler else 0

    def _run(self) -> None:
        self.scheduler = Counting(app=celery_app)
        try:
            while not self._ended.is_set():
                self.scheduler.tick()
        finally:
            self.scheduler.close()
            self.scheduler.close()  # as Celery does at the end of a signal

    def die(self) -> None:
        """End as if killed: the lease is not given back."""
        self.scheduler._leadership.release = lambda: None
        self.stop()

    def stop(self) -> None:
        self._ended.set()
        while not self._done.done():
            self.scheduler._edited.set()  # a tick that has just begun clears it
            time.sleep(0.005)
        self._done.result()


@contextlib.contextmanager
def beating() -> Iterator[Beat]:
    running = Beat()
    try:
        yield running
    finally:
        running.stop()


def task_in(seconds: float, **fields: Any) -> ScheduledTask:
    """A task whose slot comes in so many seconds, and then each hour."""
    slot = timezone.now() + timedelta(seconds=seconds)
    return make_task(
        **(
            {
                "schedule_type": "interval",
                "interval_seconds": 3600,
                "created_at": slot - timedelta(hours=1),
                "next_run_at": slot,
            }
            | fields
        )
    )


def await_runs(count: int, seconds: float = 10) -> list[Run]:
    await_true(lambda: Run.objects.count() >= count, f"{count} runs", seconds)
    return list(Run.objects.order_by("created_at"))


# -- firing


def test_a_slot_fires_within_milliseconds(valkey):
    task_in(0.6)
    with beating():
        (run,) = await_runs(1)
    assert run.scheduled_for is not None
    late = (run.created_at - run.scheduled_for).total_seconds()
    assert (
        0 <= late < 0.15
    )  # a few milliseconds on a machine that has nothing else to do


def test_more_due_tasks_than_a_batch_all_fire(valkey, configure):
    configure("SCHEDULING", dispatch_batch=3)
    for _ in range(10):
        task_in(0)
    with beating():
        await_runs(10)


def test_an_edit_wakes_beat_from_a_long_sleep(valkey, configure):
    configure("SCHEDULING", beat_poll_seconds=60)
    with beating() as running:
        await_true(
            lambda: valkey.client().pubsub_numsub("scheduled_task:sync")[0][1],
            "beat listens",
        )
        task = task_in(3600)
        ticks = running.ticks
        services.update_task(
            task,
            fields={
                "schedule_type": "once",
                "run_at": timezone.now() + timedelta(seconds=0.4),
            },
            user=None,
        )
        await_runs(1, seconds=5)
        assert running.ticks > ticks


def test_a_lost_wake_up_costs_no_more_than_the_poll(settings, configure):
    configure("SCHEDULING", beat_poll_seconds=0.2)
    with beating():
        task_in(0)
        await_runs(1, seconds=5)


def test_a_run_that_was_put_off_is_rung_at_its_time(broker, configure):
    configure("SCHEDULING", beat_poll_seconds=60)
    begins = timezone.now() + timedelta(seconds=0.4)
    run = make_run(next_attempt_at=begins, rung_at=None)
    with beating():
        await_true(lambda: broker.client().llen("agents"), "a message")
    run.refresh_from_db()
    assert begins <= run.rung_at < begins + timedelta(seconds=0.3)


def test_runs_are_rung_through_the_broker(broker):
    tasks = [task_in(0) for _ in range(3)]
    with beating():
        await_true(lambda: broker.client().llen("agents"), "a message")
    message = json.loads(broker.client().lindex("agents", 0))
    assert message["headers"]["task"] == "scheduling.run_chunk"
    assert sorted(json.loads(message["headers"]["argsrepr"].replace("'", '"'))[0]) == (
        sorted(str(run.id) for run in Run.objects.filter(task__in=tasks))
    )


@pytest.mark.parametrize(
    "error",
    [OperationalError("away"), InterfaceError("closed"), RuntimeError("anything")],
)
def test_no_fault_of_a_dispatch_ends_beat(valkey, configure, monkeypatch, error):
    configure("SCHEDULING", beat_poll_seconds=0.05)
    faults, real = [error] * 3, dispatch.dispatch_due

    def dispatch_due(limit: int) -> Any:
        if faults:
            raise faults.pop()
        return real(limit)

    monkeypatch.setattr(beat, "dispatch_due", dispatch_due)
    task_in(0)
    with beating():
        await_runs(1)


def test_a_due_task_that_another_transaction_holds_is_not_asked_for_in_a_hot_loop(
    valkey, on_postgresql
):
    if not on_postgresql:
        pytest.skip("SQLite locks the whole database")
    task = task_in(0)
    with transaction.atomic():
        ScheduledTask.objects.select_for_update().get(id=task.id)
        with beating() as running:
            ticks = running.ticks
            time.sleep(1)
            assert running.ticks - ticks < 40
    with beating():
        await_runs(1)


# -- Redis


def test_without_redis_beat_fires_all_the_same(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    for _ in range(3):
        task_in(0.3)
    with beating():
        assert len(await_runs(3)) == 3


def test_when_the_broker_dies_and_comes_back_no_slot_is_lost(broker, configure):
    configure("SCHEDULING", beat_poll_seconds=0.1)
    with beating():
        broker.kill()
        task_in(0.2)
        (run,) = await_runs(1)
        assert (run.created_at - run.scheduled_for).total_seconds() < 3
        broker.start()
        task_in(0.2)
        await_runs(2)
        await_true(lambda: broker.client().llen("agents"), "a message")


def test_a_broker_that_is_away_at_the_start_does_not_hold_up_the_slots(
    settings, tmp_path, configure
):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    configure("SCHEDULING", beat_poll_seconds=0.1)
    every_second()
    with beating():
        time.sleep(1.2)  # the periodic task came due
        task_in(0)
        await_runs(1, seconds=3)


# -- several beats


def test_of_two_beats_one_leads_and_each_slot_fires_once(valkey):
    tasks = [task_in(0.5) for _ in range(5)]
    with beating() as one, beating() as other:
        assert [one.scheduler._leads, other.scheduler._leads] == [True, False]
        await_runs(5)
    assert all(task.runs.count() == 1 for task in tasks)


def test_when_the_leader_stops_the_standby_fires_at_once(valkey, configure):
    configure("SCHEDULING", beat_poll_seconds=0.1, beat_lease_seconds=60)
    leader = Beat()
    with beating() as standby:
        leader.stop()
        task_in(0)
        await_runs(1, seconds=5)
        assert standby.scheduler._leads


def test_when_the_leader_dies_the_standby_fires_as_its_lease_ends(valkey, configure):
    configure("SCHEDULING", beat_poll_seconds=0.1, beat_lease_seconds=1)
    leader = Beat()
    with beating() as standby:
        leader.die()
        task_in(0)
        await_runs(1, seconds=5)
        assert standby.scheduler._leads


def test_a_lease_is_held_by_one_and_renewed(valkey):
    one, other = Leadership(0.6), Leadership(0.6)
    for _ in range(6):
        assert (one.hold(), other.hold()) == (True, False)
        time.sleep(0.2)
    one.release()
    one.release()
    assert other.hold()
    other.release()


def test_a_leader_that_slept_past_its_lease_stands_back(valkey):
    one, other = Leadership(0.3), Leadership(0.3)
    assert one.hold()
    time.sleep(0.4)
    assert other.hold()
    assert not one.hold()
    one.release()  # what it does not hold it cannot give away
    assert other.hold()


def test_a_lease_that_was_flushed_away_is_taken_again(valkey):
    one = Leadership(0.3)
    assert one.hold()
    valkey.client().flushall()
    time.sleep(0.15)
    assert one.hold()


def test_a_lease_may_be_given_back_by_another_thread(valkey):
    one = Leadership(60)
    assert one.hold()
    in_thread(one.release).result(timeout=5)
    assert Leadership(60).hold()


def test_a_redis_that_hangs_costs_a_wait_now_and_then_and_not_at_every_tick(valkey):
    one = Leadership(30)
    valkey.freeze()
    try:
        begun = time.monotonic()
        assert one.hold()
        assert time.monotonic() - begun < 5
        begun = time.monotonic()
        assert one.hold()
        assert time.monotonic() - begun < 0.1
    finally:
        valkey.thaw()


# -- housekeeping


def every_second(name: str = "good", **fields: Any) -> PeriodicTask:
    each, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    task: PeriodicTask = PeriodicTask.objects.create(
        name=name, task="test.housekeeping", interval=each, **fields
    )
    return task


def sent(valkey: Any) -> list[str]:
    """The names of the periodic tasks that were sent to the broker."""
    waiting = valkey.client().lrange("celery", 0, -1)
    return [
        json.loads(each)["headers"].get("periodic_task_name", "") for each in waiting
    ]


def test_periodic_tasks_are_sent_and_counted(broker, configure):
    configure("SCHEDULING", beat_poll_seconds=0.1)
    good = every_second()
    with beating():
        await_true(lambda: len(sent(broker)) >= 2, "two messages")
    good.refresh_from_db()
    assert good.total_run_count >= 2
    assert good.last_run_at is not None


def test_a_daily_periodic_task_is_loaded_at_every_hour():
    """The stock scheduler leaves out what is more than two hours away."""
    far = (timezone.now() + timedelta(hours=12)).hour
    at = CrontabSchedule.objects.create(minute="0", hour=str(far), timezone="UTC")
    PeriodicTask.objects.create(name="far", task="t", crontab=at)
    with beating() as running:
        assert "far" in running.scheduler.schedule


def spoil(kind: str) -> None:
    """Put in a row that full validation would refuse (FACTS of django-celery-beat)."""
    name = f"bad: {kind}"
    if kind == "no schedule":
        PeriodicTask.objects.bulk_create([PeriodicTask(name=name, task="t")])
        return
    if kind == "clocked, repeated":
        clocked = ClockedSchedule.objects.create(clocked_time=timezone.now())
        PeriodicTask.objects.bulk_create(
            [PeriodicTask(name=name, task="t", clocked=clocked)]
        )
        return
    row = PeriodicTask.objects.filter(id=every_second(name).id)
    if kind.startswith("cron"):
        fields = dict(part.split("=") for part in kind.split(" ")[1:])
        cron = CrontabSchedule.objects.bulk_create([CrontabSchedule(**fields)])[0]
        row.update(interval=None, crontab=cron)
    elif kind == "absurd interval":
        long = IntervalSchedule.objects.create(every=10**9, period="days")
        row.update(interval=long)
    elif kind == "two ways to expire":
        row.update(expires=timezone.now() + timedelta(days=1), expire_seconds=60)
    else:
        column, value = kind.split("=")
        row.update(**{column: value})


BAD = [
    "headers=[]",
    "headers=nonsense",
    "args=nonsense",
    "kwargs=nonsense",
    "no schedule",
    "clocked, repeated",
    "two ways to expire",
    "absurd interval",
    "cron minute=99",
    "cron minute=abc",
    "cron minute=*/0",
    "cron minute=1-",
    "cron day_of_month=30 month_of_year=2",
]


def test_bad_periodic_rows_are_left_out_and_the_others_run(broker, configure):
    configure("SCHEDULING", beat_poll_seconds=0.1)
    for kind in BAD:
        spoil(kind)
    good = every_second()
    task_in(0)
    with beating():
        await_runs(1)
        await_true(lambda: sent(broker).count("good") >= 2, "the good one is sent")
    assert set(sent(broker)) <= {"good", "celery.backend_cleanup"}
    good.refresh_from_db()
    assert good.total_run_count >= 2


def test_a_row_that_is_spoiled_while_beat_runs_is_left_out(broker, configure, caplog):
    configure("SCHEDULING", beat_poll_seconds=0.1)
    bad = every_second("bad")
    row = PeriodicTask.objects.filter(id=bad.id)
    with beating():
        await_true(lambda: row.get().total_run_count, "it is sent and counted")
        row.update(expires=timezone.now() + timedelta(days=1), expire_seconds=60)
        PeriodicTasks.update_changed()
        every_second()
        await_true(lambda: sent(broker).count("good") >= 2, "the other is sent")
        assert sent(broker).count("bad") <= 5
    assert "periodic task bad is left out" in caplog.text


def test_a_database_that_is_away_for_the_housekeeping_does_not_end_beat(
    broker, configure, monkeypatch
):
    configure("SCHEDULING", beat_poll_seconds=0.1)
    faults, real = [InterfaceError("closed")] * 3, TaskScheduler.enabled_models_qs

    def enabled(self: Any) -> Any:
        if faults and self._leads:
            raise faults.pop()
        return real(self)

    monkeypatch.setattr(TaskScheduler, "enabled_models_qs", enabled)
    every_second()
    with beating():
        await_true(lambda: sent(broker), "it is sent")
    assert faults == []

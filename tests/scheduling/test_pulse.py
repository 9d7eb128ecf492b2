"""Who announces itself is alive, who falls silent is not, who stops in order is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from config import celery_app
from scheduling import maintenance, overview, pulse, tasks
from scheduling.beat import TaskScheduler
from scheduling.models import Process
from scheduling.pulse import Pulse
from tests.factories import make_blackout, make_task
from tests.scheduling.threads import await_true, in_thread

BEAT, WORKER = Process.Kind.BEAT, Process.Kind.WORKER


def make_process(name: str = "celery@here", **fields: Any) -> Process:
    fields = {
        "kind": WORKER,
        "queues": ["agents", "celery", "notifications"],
        "pid": 1,
        "silent_after_seconds": 30,
    } | fields
    return Process.objects.create(name=name, **fields)


@pytest.fixture
def quick(configure):
    """A pulse at every chance."""
    configure("SCHEDULING", pulse_seconds=0)


@pytest.mark.django_db(transaction=True)  # connections are opened and closed
class TestTheRow:
    def test_an_announcement_writes_one_row(self):
        Pulse(WORKER, "celery@here", {"notifications", "agents"}).beat()
        row = Process.objects.get()
        assert (row.name, row.kind) == ("celery@here", "worker")
        assert row.queues == ["agents", "notifications"]
        assert row.silent_after_seconds == 30
        assert row.is_alive(timezone.now())

    def test_the_next_one_comes_after_ten_seconds(self, django_assert_num_queries):
        own = Pulse(WORKER, "celery@here")
        own.beat()
        with django_assert_num_queries(0):
            own.beat()

    def test_it_is_seen_again_and_has_begun_once(self, quick):
        own = Pulse(WORKER, "celery@here")
        own.beat()
        first = Process.objects.get()
        own.beat()
        again = Process.objects.get()
        assert again.seen_at > first.seen_at
        assert again.started_at == first.started_at

    def test_a_beat_that_begins_to_lead_says_so_at_once(self):
        own = Pulse(BEAT, "beat@here:1")
        own.beat(leads=False)
        own.beat(leads=True)
        assert Process.objects.get().leads

    def test_a_stop_takes_the_row_away(self):
        own = Pulse(WORKER, "celery@here")
        own.beat()
        own.stop()
        assert not Process.objects.exists()

    def test_a_successor_of_the_same_name_stays(self):
        old = Pulse(WORKER, "celery@here")
        old.beat()
        Pulse(WORKER, "celery@here").beat()
        old.stop()
        assert Process.objects.count() == 1

    def test_a_database_that_is_away_stops_nobody(self, quick, monkeypatch, caplog):
        def away(*_: Any, **__: Any) -> None:
            raise OperationalError("no route")

        own = Pulse(WORKER, "celery@here")
        with monkeypatch.context() as patch:
            patch.setattr(type(Process.objects), "bulk_create", away)
            own.beat()
        assert "cannot announce celery@here: no route" in caplog.text
        own.beat()
        assert Process.objects.exists()

    def test_who_was_silent_for_a_day_is_forgotten(self):
        make_process("old", seen_at=timezone.now() - timedelta(hours=25))
        make_process("new", seen_at=timezone.now() - timedelta(hours=23))
        assert maintenance.forget_processes() == 1
        assert Process.objects.get().name == "new"

    def test_processes_are_forgotten_although_runs_are_kept_for_ever(self, configure):
        configure("SCHEDULING", keep_runs_days=0)
        make_process(seen_at=timezone.now() - timedelta(days=2))
        tasks.prune()
        assert not Process.objects.exists()


# -- threads of their own


class ReadyConsumer:
    """What Celery hands to `worker_ready`, as far as it is used."""

    hostname = "worker@here"

    class app:  # noqa: N801 -- as Celery calls it
        class amqp:  # noqa: N801
            class queues:  # noqa: N801
                consume_from = {"agents": object()}


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_announced_from_ready_to_shutdown(shared_database, configure):
    configure("SCHEDULING", pulse_seconds=0.01)
    tasks.announce(ReadyConsumer)
    tasks.announce(ReadyConsumer)  # Celery's broker went away and came back
    try:
        await_true(Process.objects.exists, "the row")
        first = Process.objects.get()
        assert (first.name, first.queues) == ("worker@here", ["agents"])
        await_true(lambda: Process.objects.get().seen_at > first.seen_at, "the next")
        assert [each.name for each in threading.enumerate()].count("pulse") == 1
    finally:
        pulse.stop_workers()
    assert not Process.objects.exists()


class Ticking:
    """A beat that ticks in a thread until it is told to hang or to stop."""

    def __init__(self, name: str) -> None:
        self.go_on, self.hang = True, threading.Event()
        self.name = name
        self.done = in_thread(self._run)

    def _run(self) -> None:
        scheduler = TaskScheduler(app=celery_app)
        scheduler._pulse = Pulse(BEAT, self.name)
        while self.go_on:
            scheduler.tick()
            if self.hang.is_set():
                break
        if self.go_on:
            scheduler._stopped.set()
            return
        scheduler.close()
        assert Process.objects.filter(
            name=self.name
        ).exists()  # in the handler: not yet
        scheduler.close()

    def stop(self) -> None:
        self.go_on = False
        self.done.result(20)


@pytest.fixture
def ticking(shared_database, valkey) -> Iterator[Callable[[str], Ticking]]:
    """Starts beats, and ends them whatever becomes of the test: others would meet them."""
    with ExitStack() as started:

        def start(name: str) -> Ticking:
            beat = Ticking(name)
            started.callback(beat.stop)
            return beat

        yield start


def row(name: str) -> Process | None:
    return Process.objects.filter(name=name).first()


@pytest.mark.django_db(transaction=True)
def test_of_two_beats_one_leads_and_the_other_takes_over(ticking, configure):
    configure("SCHEDULING", pulse_seconds=0.05, beat_poll_seconds=0.02)
    one = ticking("beat@a:1")
    await_true(lambda: row("beat@a:1"), "the first")
    ticking("beat@b:2")
    await_true(lambda: row("beat@b:2"), "the second")
    leads = {each.name: each.leads for each in Process.objects.all()}
    assert leads == {"beat@a:1": True, "beat@b:2": False}
    one.stop()
    assert row("beat@a:1") is None
    await_true(lambda: getattr(row("beat@b:2"), "leads", False), "it takes over")


@pytest.mark.django_db(transaction=True)
def test_a_beat_whose_loop_hangs_falls_silent(ticking, configure):
    configure("SCHEDULING", pulse_seconds=0.02, beat_poll_seconds=0.01)
    beat = ticking("beat@a:1")
    await_true(lambda: overview.alive(timezone.now()).beats, "it is alive")
    beat.hang.set()
    await_true(lambda: not overview.alive(timezone.now()).beats, "it is silent")
    beat.done.result(20)


# -- what the pages make of it


@pytest.mark.django_db
class TestWhoIsAlive:
    def test_without_a_row_nobody_is(self):
        now = overview.alive(timezone.now())
        assert not now.is_well
        assert now.unserved == ["agents", "celery", "notifications"]

    def test_a_beat_and_workers_for_all_queues_are_enough(self):
        make_process("beat@here:1", kind=BEAT, queues=[])
        make_process("worker@here", queues=["agents"])
        make_process("sender@here", queues=["celery", "notifications"])
        now = overview.alive(timezone.now())
        assert now.is_well
        assert [each.name for each in now.workers] == ["sender@here", "worker@here"]

    def test_a_queue_that_nobody_serves_is_named(self):
        make_process("beat@here:1", kind=BEAT, queues=[])
        make_process("sender@here", queues=["celery", "notifications"])
        now = overview.alive(timezone.now())
        assert (now.is_well, now.unserved) == (False, ["agents"])

    def test_who_fell_silent_is_shown_for_an_hour(self):
        now = timezone.now()
        make_process("a@here", seen_at=now - timedelta(minutes=59))
        make_process("b@here", seen_at=now - timedelta(minutes=61))
        assert [each.name for each in overview.alive(now).silent] == ["a@here"]

    def test_a_beat_that_was_started_again_is_not_missed(self):
        now = timezone.now()
        died = now - timedelta(minutes=5)
        make_process("beat@here:1", kind=BEAT, seen_at=died)
        make_process("beat@there:1", kind=BEAT, seen_at=died)
        make_process("beat@here:2", kind=BEAT)
        assert [each.name for each in overview.alive(now).silent] == ["beat@there:1"]


# -- /healthz


def health(client: Any) -> dict[str, Any]:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.django_db
def test_health_tells_of_beat_and_workers(client):
    make_process("beat@here:1", kind=BEAT, queues=[])
    make_process("worker@here")
    make_process("sender@here")
    told = health(client)
    assert (told["beat"], told["workers"]) == ("ok", 2)


@pytest.mark.django_db
def test_a_beat_that_is_gone_is_told_but_no_reason_to_fail(client):
    make_process(
        "beat@here:1", kind=BEAT, seen_at=timezone.now() - timedelta(minutes=1)
    )
    told = health(client)
    assert (told["status"], told["beat"], told["workers"]) == ("ok", "down", 0)


@pytest.mark.django_db
def test_health_tells_what_is_late_and_whether_everything_is_paused(client):
    make_task(next_run_at=timezone.now() - timedelta(hours=1))
    told = health(client)
    assert (told["late_tasks"], told["paused"]) == (1, False)
    make_blackout()
    assert health(client)["paused"] is True


@pytest.mark.django_db
def test_who_is_alive_is_unknown_when_it_cannot_be_read(client, monkeypatch):
    def unreadable(_: Any) -> None:
        raise OperationalError("no such table")

    monkeypatch.setattr("config.health.alive", unreadable)
    told = health(client)
    assert (told["status"], told["beat"], told["workers"]) == ("ok", "unknown", None)

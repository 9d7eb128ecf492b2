"""When beat stops, the workers say so, and look for late tasks in its stead."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from scheduling import silence
from scheduling.models import Event, Process
from scheduling.pulse import WorkersPulse
from scheduling.silence import PATIENCE, BeatWatch
from tests.factories import make_task
from tests.scheduling.test_pulse import BEAT, make_process
from tests.scheduling.threads import await_true

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def said() -> list[str]:
    return [each.kind for each in Event.objects.order_by("id")]


def test_a_beat_that_falls_silent_is_one_event_with_the_moment_it_was_last_seen(now):
    make_task(next_run_at=now + timedelta(days=1))
    make_process("beat@a", kind=BEAT, seen_at=now)
    watch = BeatWatch(now)
    for seconds in range(0, 200, 10):
        watch.look(now + timedelta(seconds=seconds))
    event = Event.objects.get()
    assert (event.kind, event.slot) == ("beat_silent", now)


def test_several_workers_say_it_once(now):
    make_task(next_run_at=now + timedelta(days=1))
    make_process("beat@a", kind=BEAT, seen_at=now - PATIENCE)
    for _ in range(3):
        BeatWatch(now - PATIENCE).look(now)
    assert said() == ["beat_silent"]


def test_a_beat_that_is_back_is_said_once(now):
    make_task(next_run_at=now + timedelta(days=1))
    beat = make_process("beat@a", kind=BEAT, seen_at=now - PATIENCE)
    watch = BeatWatch(now - PATIENCE)
    watch.look(now)
    Process.objects.filter(name=beat.name).update(seen_at=now + SECOND)
    watch.look(now + SECOND)
    watch.look(now + 2 * SECOND)
    assert said() == ["beat_silent", "beat_back"]


def test_a_restart_of_beat_is_no_silence(now):
    make_task(next_run_at=now + timedelta(days=1))
    watch = BeatWatch(now)
    watch.look(now + PATIENCE - SECOND)  # its row is gone, the next one is not up
    assert said() == []


def test_a_beat_that_was_stopped_in_order_is_silent_too(now):
    make_task(next_run_at=now + timedelta(days=1))
    BeatWatch(now).look(now + PATIENCE)
    assert said() == ["beat_silent"]


def test_without_a_task_nobody_misses_a_beat(now):
    make_task(active=False)
    BeatWatch(now).look(now + PATIENCE)
    assert said() == []


def test_the_workers_look_for_late_tasks_while_no_beat_does(now):
    make_task(next_run_at=now - timedelta(hours=1))
    BeatWatch(now).look(now + PATIENCE)
    assert said() == ["beat_silent", "late"]


def test_while_a_beat_lives_a_look_is_two_queries(now, django_assert_num_queries):
    make_process("beat@a", kind=BEAT, seen_at=now)
    watch = BeatWatch(now)
    with django_assert_num_queries(4):  # two of them begin and end the transaction
        watch.look(now + SECOND)


@pytest.mark.django_db(transaction=True)
def test_the_pulse_of_a_worker_listens_for_beats(shared_database, configure, monkeypatch):  # fmt: skip
    configure("SCHEDULING", pulse_seconds=0.01)
    monkeypatch.setattr(silence, "PATIENCE", timedelta(seconds=0.05))
    make_task(next_run_at=timezone.now() + timedelta(days=1))
    pulse = WorkersPulse("celery@here", ["agents"])
    try:
        await_true(lambda: said() == ["beat_silent"], "a worker to miss the beat")
    finally:
        pulse.stop()


@pytest.mark.django_db(transaction=True)
def test_a_pulse_survives_a_look_that_fails(shared_database, configure, monkeypatch, caplog):  # fmt: skip
    configure("SCHEDULING", pulse_seconds=0.01)

    def fail(*_: object) -> None:
        raise RuntimeError("no such table")

    monkeypatch.setattr(BeatWatch, "look", fail)
    pulse = WorkersPulse("celery@here", ["agents"])
    try:
        await_true(lambda: caplog.text.count("no such table") > 1, "two looks")
        heard = Process.objects.get().seen_at
        await_true(lambda: Process.objects.get().seen_at > heard, "another beat of it")
    finally:
        pulse.stop()

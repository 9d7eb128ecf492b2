"""Events: written once, published after the commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from notifications.event_bus import published
from scheduling import events
from scheduling.events import about, record
from scheduling.models import Event
from tests.factories import make_run, make_task

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """What was published: (type, payload)."""
    heard: list[tuple[str, Any]] = []

    def hear(messages: Any, **_: Any) -> None:
        own = [
            each
            for each in messages
            if each.event_type.startswith(("task.", "system."))
        ]
        heard.extend((each.event_type, each.payload) for each in own)

    published.connect(hear)
    yield heard
    published.disconnect(hear)


def test_an_event_keeps_what_names_its_task():
    task = make_task(name="Report")
    record([about(task, Event.Kind.LATE, slot=timezone.now(), note="No beat.")])
    task.delete()
    kept = Event.objects.get()
    assert (kept.task, kept.task_name, kept.note) == (None, "Report", "No beat.")


def test_an_event_of_a_slot_is_written_once():
    task, slot = make_task(), timezone.now()
    for _ in range(2):
        record([about(task, Event.Kind.LATE, slot=slot)])
    record([about(task, Event.Kind.OVERDUE, slot=slot)])
    assert Event.objects.count() == 2


def test_events_without_a_slot_are_as_many_as_happen():
    task = make_task()
    for _ in range(2):
        record([about(task, Event.Kind.ON_TIME)])
    assert Event.objects.count() == 2


def test_events_are_published_after_the_commit(told, django_capture_on_commit_callbacks):  # fmt: skip
    task = make_task(id="report", name="Báo cáo")
    run, slot = make_run(task), timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        record([about(task, Event.Kind.LATE, run=run, slot=slot, note="x")])
        record([Event(kind=Event.Kind.BLACKOUT)])
        assert told == []
    (channel, message), (system, _) = told
    assert (channel, system) == ("task.late", "system.blackout")
    assert message["task_id"] == "report"
    assert message["task_name"] == "Báo cáo"
    assert message["run_id"] == str(run.id)
    assert message["slot"] == slot.isoformat()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_published(told):
    def fail() -> None:
        with transaction.atomic():
            record([Event(kind=Event.Kind.BLACKOUT)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert told == []


def test_nothing_to_write_asks_nothing(django_assert_num_queries, told):
    with django_assert_num_queries(0):
        record([])


def test_a_broker_that_is_away_does_no_harm(settings, django_capture_on_commit_callbacks):  # fmt: skip
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with django_capture_on_commit_callbacks(execute=True):
        record([Event(kind=Event.Kind.BLACKOUT)])
    assert Event.objects.exists()


def test_a_spell_is_open_until_its_end_is_written():
    now = timezone.now()
    begun, ended = Event.Kind.BEAT_SILENT, Event.Kind.BEAT_BACK

    def follow(since, at):
        events.follow_spell(begun, ended, since=since, now=at)
        return events.open_spell(begun, ended) is not None

    assert not follow(None, now)
    assert follow(now, now)
    assert follow(now, now + timedelta(seconds=20))
    assert not follow(None, now + timedelta(seconds=40))
    # Again from the same moment on: another spell, not a repetition that is lost.
    assert follow(now, now + timedelta(seconds=60))
    assert Event.objects.count() == 3

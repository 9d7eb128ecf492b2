"""Events that begin runs: what meets a trigger, once, and what is refused."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from notifications.bus_message import EventMessage, own_message, read_message
from notifications.event_bus import publish_event, published
from scheduling import cycles, services, triggers
from scheduling.foreign_events import ForeignEvents
from scheduling.models import Event, EventTrigger, Run, ScheduledTask
from scheduling.triggers import MOST_HOPS, hear
from tests.factories import make_agent, make_blackout, make_run, make_task, make_user
from tests.scheduling.test_admin import form_of
from tests.scheduling.threads import await_true, in_thread

pytestmark = pytest.mark.django_db


def make_trigger(task: ScheduledTask | None = None, **fields: Any) -> EventTrigger:
    task = task or make_task()
    fields = {"event_type": "price.moved"} | fields
    triggers.forget()
    return EventTrigger.objects.create(task=task, **fields)


def moved(**payload: Any) -> EventMessage:
    return own_message("price.moved", source_agent="watcher", payload=payload)


def test_an_event_begins_a_run_that_knows_it(django_assert_max_num_queries):
    trigger = make_trigger()
    event = moved(ticker="VCB")
    triggers.known()
    with django_assert_max_num_queries(12):
        (run,) = hear([event])
    run.refresh_from_db()
    assert (run.status, run.trigger, run.hops) == ("queued", "event", 1)
    assert run.event == event.as_json()
    trigger.refresh_from_db()
    assert (trigger.fired_count, trigger.refused_note) == (1, "")
    assert trigger.fired_at


def test_an_event_that_is_heard_twice_begins_one_run():
    make_trigger()
    own, foreign = moved(), read_message('{"event_type": "price.moved", "payload": {}}')
    for event in (own, own, read_message(own.text()), foreign, foreign):
        hear([event])
    assert Run.objects.count() == 2


def test_an_event_that_is_heard_again_writes_nothing():
    make_trigger()
    hear([event := moved()])
    with CaptureQueriesContext(connection) as asked:
        assert hear([event]) == []
    assert not [each for each in asked if each["sql"].startswith(("INSERT", "UPDATE"))]


@pytest.mark.parametrize(
    ("fields", "meets"),
    [
        ({}, True),
        ({"event_type": "price.*"}, True),
        ({"event_type": "price.fell"}, False),
        ({"source_agent": "watcher"}, True),
        ({"source_agent": "other"}, False),
        ({"filter": "payload.ticker == 'VCB'"}, True),
        ({"filter": "payload.ticker == 'FPT'"}, False),
        ({"filter": "length(payload.missing) > `1`"}, False),
        ({"active": False}, False),
    ],
)
def test_type_source_and_filter_decide(fields, meets):
    make_trigger(**fields)
    assert bool(hear([moved(ticker="VCB")])) is meets


def test_a_filter_that_cannot_be_computed_holds_up_no_other_trigger():
    make_trigger(filter="[::0]")
    make_trigger(make_task(id="other"))
    (run,) = hear([moved()])
    assert run.task_id == "other"


@pytest.mark.parametrize("value", ["\0", "\ud800", float("nan"), 10**400])
def test_what_no_database_keeps_is_cleaned_before_it_is_told(value):
    make_trigger()
    strange = moved(event_id="\0a", value=value)
    hear([strange, moved()])
    hear([read_message(strange.text())])
    assert Run.objects.count() == 2


def test_without_triggers_an_event_costs_no_query(django_assert_num_queries):
    triggers.known()
    with django_assert_num_queries(0):
        hear([moved()])


def test_events_that_come_too_soon_begin_no_run_and_the_trigger_says_why():
    trigger = make_trigger(min_interval_seconds=60)
    assert len(hear([moved(), moved()])) == 1
    trigger.refresh_from_db()
    assert "Less than 60 seconds after its last run." in trigger.refused_note
    EventTrigger.objects.update(fired_at=timezone.now() - timedelta(seconds=61))
    assert hear([moved()])
    trigger.refresh_from_db()
    assert (trigger.fired_count, trigger.refused_note) == (2, "")


@pytest.mark.parametrize(
    ("hinder", "words"),
    [
        (lambda task: ScheduledTask.objects.update(active=False), "The task is paused."),
        (lambda task: type(task.agent).objects.update(active=False), "is switched off."),
        (lambda task: type(task.agent).objects.update(blocked_at=timezone.now()), "cannot"),
        (lambda task: make_blackout(name="Tết"), "Blackout “Tết”."),
        (lambda task: ScheduledTask.objects.update(day_cost_limit=0), "udget"),
    ],
)  # fmt: skip
def test_what_keeps_a_task_from_running_refuses_its_events(hinder, words):
    task = make_task()
    trigger = make_trigger(task)
    hinder(task)
    assert hear([moved()]) == []
    trigger.refresh_from_db()
    assert words in trigger.refused_note
    assert not Run.objects.exists()


def test_a_chain_of_events_ends_after_five_runs_and_that_is_an_event(settings):
    task = make_task()
    make_trigger(task, event_type="run.succeeded")
    last = make_run(task, hops=MOST_HOPS, status="succeeded", finished_at=timezone.now())  # fmt: skip
    fourth = make_run(task, hops=MOST_HOPS - 1, status="succeeded", finished_at=timezone.now())  # fmt: skip
    for _ in range(2):  # it says zero: the row knows better
        assert hear([own_message("run.succeeded", payload={"run_id": str(last.id), "hops": 0})]) == []  # fmt: skip
    (run,) = hear([own_message("run.succeeded", payload={"run_id": str(fourth.id)})])
    assert run.hops == MOST_HOPS
    loop = Event.objects.get(kind=Event.Kind.LOOP)
    assert (loop.task_id, loop.data["hops"]) == (task.id, MOST_HOPS)


@pytest.mark.parametrize("hops", [-3, True, "7", 10**9, None, [1]])
def test_hops_that_somebody_claims_are_taken_with_care(hops):
    make_trigger()
    runs = hear([moved(hops=hops)])
    assert [run.hops for run in runs] == ([] if hops == 10**9 else [1])


def test_who_is_no_staff_is_told_of_their_own_tasks_alone():
    lan = make_user()
    make_trigger(make_task(owner=lan))
    own, other = make_task(owner=lan), make_task(owner=make_user())
    target = make_task(target_user_id=str(lan.pk))
    heard = {
        task_id: bool(hear([moved(task_id=task_id)]))
        for task_id in (own.id, other.id, target.id, None, "none")
    }
    assert heard == {own.id: True, other.id: False, target.id: True, None: False, "none": False}  # fmt: skip


def test_what_follows_a_triggered_run_counts_its_hops_and_a_rerun_has_its_event():
    task = make_task(id="a")
    after = make_task(id="b")
    services.set_parents(after, [{"task_id": "a"}], user=None)
    make_trigger(task)
    (run,) = hear([moved(hops=2)])
    assert (run.hops, Run.objects.get(task=after).hops) == (3, 3)
    Run.objects.update(status="cancelled", waits_for="", finished_at=timezone.now())
    again = services.rerun(Run.objects.get(id=run.id), user=None)
    assert (again.event, again.hops) == (run.event, 3)


def test_a_fault_in_following_an_event_harms_nobody(monkeypatch, caplog):
    make_trigger()
    monkeypatch.setattr(triggers, "new_run", lambda *_a, **_k: 1 / 0)
    assert hear([moved()]) == []
    assert "events could not be followed" in caplog.text


def test_a_clone_and_a_version_hold_the_triggers(rf):
    task = make_task(id="report")
    services.update_task(task, fields={}, user=None)
    trigger = EventTrigger(task=task)
    fields = {"event_type": "price.*", "filter": "payload.x", "min_interval_seconds": 5}
    services.save_event_trigger(trigger, fields, user=None)
    copy = services.clone_task(task, user=None)
    assert copy.event_triggers.get().event_type == "price.*"
    first, second = services.list_versions("task", "report").order_by("number")
    assert second.changed == ["event_triggers"]
    task.refresh_from_db()
    services.revert_task(task, first, user=None)
    assert not task.event_triggers.exists()
    services.revert_task(task, second, user=None)
    assert task.event_triggers.get().filter == "payload.x"


# Through the process that publishes


@pytest.fixture
def at_work(worker, monkeypatch):
    """Whatever is rung is run at once, as if the broker brought it."""

    def ring(run_ids: Any) -> None:
        in_thread(worker.run_chunk, list(run_ids))

    for module in (cycles, triggers, services.runs):
        monkeypatch.setattr(module, "ring", ring)


@pytest.mark.django_db(transaction=True)
def test_the_end_of_one_task_begins_another_with_its_event_while_redis_is_away(at_work):
    first = make_task(id="analyst", agent=make_agent(id="analyst"))
    told = "{{event_type}}: {{event_payload}}"
    second = make_task(id="trader", input_message=told)
    make_trigger(second, event_type="task.completed", source_agent="analyst")
    services.run_now(first, user=None)
    ended = Run.objects.filter(task=second, status="succeeded")
    await_true(ended.exists, "the second task to end")
    run = ended.get()
    assert (run.trigger, run.hops) == ("event", 1)
    assert run.output.startswith("task.completed: ```json\n{")
    assert '"task_id": "analyst"' in run.output
    assert run.event["source_agent"] == "analyst"


@pytest.mark.django_db(transaction=True)
def test_each_move_of_a_run_is_told_once_by_each_of_its_names(at_work):
    told: list[str] = []

    def listen(messages: Any, **_: Any) -> None:
        told.extend(each.event_type for each in messages)

    published.connect(listen)
    try:
        services.run_now(make_task(), user=None)
        await_true(lambda: "task.completed" in told, "its end")
    finally:
        published.disconnect(listen)
    assert told == [
        "run.queued", "run.started", "task.started", "run.succeeded", "task.completed",
    ]  # fmt: skip


# Through Redis and beat's ear


@pytest.mark.django_db(transaction=True)
def test_the_beat_that_leads_hears_what_strangers_say(valkey):
    make_trigger()
    woken: list[bool] = []
    ear = ForeignEvents(lambda: woken.append(True))
    ear.follow()
    await_true(
        lambda: valkey.client().execute_command("PUBSUB", "NUMPAT") == 1, "its ear"
    )
    foreign = '{"event_type": "price.moved", "source_agent": "s1", "payload": {"n": 1}}'
    for _ in range(2):
        valkey.client().publish("events:broadcast", foreign)
    valkey.client().publish("events:broadcast", '{"event_type": "other.type"}')
    await_true(lambda: len(woken) == 2, "what was said")
    ear.follow()
    assert Run.objects.get().event["source_agent"] == "s1"
    ear.rest()
    valkey.client().publish("events:broadcast", foreign.replace("1}", "2}"))
    ear.follow()
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_commit_does_not_wait_for_a_server_that_hangs(valkey):
    valkey.freeze()
    started = time.monotonic()
    for _ in range(100):
        publish_event("a.b")
    assert time.monotonic() - started < 1
    valkey.thaw()


# On the task's page


def test_the_page_of_a_task_takes_shows_and_refuses_its_triggers(admin_client):
    task = make_task(id="report")
    url = reverse("admin:scheduling_scheduledtask_change", args=["report"])
    entry = {"event_triggers-TOTAL_FORMS": "1", "event_triggers-0-min_interval_seconds": "60"}  # fmt: skip
    entry |= {
        "event_triggers-0-event_type": "signal.*",
        "event_triggers-0-active": "on",
    }
    wrong = entry | {"event_triggers-0-filter": "payload.("}
    page = admin_client.post(url, form_of(admin_client.get(url)) | wrong)
    assert "this is no JMESPath expression" in page.content.decode()
    assert not task.event_triggers.exists()
    assert (
        admin_client.post(url, form_of(admin_client.get(url)) | entry).status_code
        == 302
    )
    trigger = task.event_triggers.get()
    assert (trigger.event_type, trigger.min_interval_seconds) == ("signal.*", 60)
    hear([own_message("signal.created")])
    assert "1 run" in admin_client.get(url).content.decode()
    (run,) = Run.objects.all()
    shown = admin_client.get(reverse("admin:scheduling_run_change", args=[run.pk]))
    assert "signal.created" in shown.content.decode()


def test_a_storm_of_events_begins_no_more_runs_than_a_task_may_have(configure):
    configure("SCHEDULING", event_runs_per_minute=3)
    trigger = make_trigger()
    assert len(hear([moved() for _ in range(5)])) == 3
    assert hear([moved()]) == []
    trigger.refresh_from_db()
    assert "3 runs of the task within a minute" in trigger.refused_note
    Run.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    assert hear([moved()])

"""The event bus on a real Valkey: heard, lost without harm, and heard again."""

from __future__ import annotations

import gc
import json
import os
import queue
import subprocess
import sys
import threading
import time

import pytest
from django.db import transaction

from notifications import event_bus
from notifications.bus_message import own_message
from notifications.publisher import Publisher, publisher
from notifications.subscriptions import MOST_UNREAD, Inbox


class Listener:
    """Counts what is heard on a channel, from the first moment that it really listens."""

    def __init__(self, channel, heard=None):
        self.heard: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self.stopped = threading.Event()
        self.thread = event_bus.listen(
            channel, heard or (lambda: self.heard.put(True)), self.stopped
        )

    def close(self):
        self.stopped.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def await_listeners(valkey, channel, number=1):
    deadline = time.monotonic() + 20
    while valkey.command("PUBSUB", "NUMSUB", channel)[1] != number:
        assert time.monotonic() < deadline, "nobody listens"
        time.sleep(0.02)  # the server tells nobody of a new subscriber


@pytest.fixture
def listen():
    started = []

    def start(*args):
        started.append(Listener(*args))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_what_is_published_is_heard(valkey, listen):
    listener = listen("tasks")
    await_listeners(valkey, "tasks")
    event_bus.publish("tasks", {"task": "morning-report"})
    assert listener.heard.get(timeout=10)


def test_every_listener_hears_it(valkey, listen):
    listeners = [listen("tasks"), listen("tasks")]
    await_listeners(valkey, "tasks", 2)
    event_bus.publish("tasks", {})
    assert all(each.heard.get(timeout=10) for each in listeners)


def test_another_channel_is_not_heard(valkey, listen):
    listener = listen("tasks")
    await_listeners(valkey, "tasks")
    event_bus.publish("runs", {})
    event_bus.publish("tasks", {})
    assert listener.heard.get(timeout=10)
    assert listener.heard.empty()


def test_a_message_is_json(valkey):
    with event_bus.connection().pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("tasks")
        pubsub.get_message(timeout=5)  # the confirmation
        event_bus.publish("tasks", {"task": "tin-sáng"})
        message = pubsub.get_message(timeout=5)
    assert json.loads(message["data"]) == {"task": "tin-sáng"}


def test_a_listener_hears_again_after_the_server_was_away(valkey, listen):
    listener = listen("tasks")
    await_listeners(valkey, "tasks")
    valkey.stop()
    event_bus.publish("tasks", {})  # lost, as it may be
    valkey.start()
    await_listeners(valkey, "tasks")
    event_bus.publish("tasks", {})
    assert listener.heard.get(timeout=10)


def test_a_listener_keeps_its_connection_when_the_client_is_replaced(valkey, listen):
    listener = listen("tasks")
    await_listeners(valkey, "tasks")
    event_bus.connection.cache_clear()
    gc.collect()
    event_bus.publish("tasks", {})
    assert listener.heard.get(timeout=5)


def test_a_listener_that_fails_goes_on_listening(valkey, listen, caplog):
    heard: queue.SimpleQueue[bool] = queue.SimpleQueue()
    errors = [ValueError("the first one cannot be followed")]

    def fail_once():
        heard.put(True)
        if errors:
            raise errors.pop()

    listen("tasks", fail_once)
    await_listeners(valkey, "tasks")
    for _ in range(2):
        event_bus.publish("tasks", {})
        assert heard.get(timeout=10)
    assert "the first one cannot be followed" in caplog.text


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock?db=0"]
)
def test_publishing_to_nobody_is_quick_and_harmless(settings, caplog, url):
    caplog.set_level("INFO", "notifications.bus_link")
    settings.REDIS_URL = url
    started = time.monotonic()
    event_bus.publish("tasks", {})
    assert time.monotonic() - started < 1
    assert "nobody heard tasks" in caplog.text


def test_a_server_that_hangs_holds_a_publisher_up_for_two_seconds_at_most(
    valkey, caplog
):
    caplog.set_level("INFO", "notifications.bus_link")
    event_bus.publish("tasks", {})
    valkey.process.send_signal(19)  # SIGSTOP
    started = time.monotonic()
    event_bus.publish("tasks", {})
    assert time.monotonic() - started < 4
    assert "nobody heard tasks" in caplog.text


def test_a_listener_without_a_server_ends_when_told(settings, listen):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    listen("tasks").close()


# Events (CONTRACTS A1)


class Ear:
    """Hears events, as somebody who really listens."""

    def __init__(self, agent, event_types=None, callback=None):
        self.heard: queue.SimpleQueue[event_bus.EventMessage] = queue.SimpleQueue()
        self.subscription = event_bus.subscribe(
            agent, callback or self.heard.put, event_types
        )
        assert self.subscription.wait_until_listening(10)

    def next(self):
        return self.heard.get(timeout=10)


@pytest.fixture
def hearing():
    """`hearing("trader")`: an ear that is closed in the end."""
    ears = []

    def start(*args, **kwargs):
        ears.append(Ear(*args, **kwargs))
        return ears[-1]

    yield start
    for each in ears:
        each.subscription.close()


def publish_now(*events):
    """Publish outside any transaction: `publish_event` itself needs a database."""
    publisher().put([own_message(*each) if isinstance(each, tuple) else each for each in events])  # fmt: skip


def test_a_subscriber_hears_what_is_for_all_and_what_is_for_it(valkey, hearing):
    trader, analyst, all_ears = hearing("trader"), hearing("analyst"), hearing(None)
    publish_now(
        own_message("a.one", target_agent="trader"),
        own_message("a.two", target_agent="analyst"),
        own_message("a.three", source_agent="analyst"),
    )
    assert [trader.next().event_type for _ in range(2)] == ["a.one", "a.three"]
    assert [analyst.next().event_type for _ in range(2)] == ["a.two", "a.three"]
    assert [all_ears.next().event_type for _ in range(3)] == ["a.one", "a.two", "a.three"]  # fmt: skip
    assert trader.heard.empty()


def test_a_subscriber_hears_only_the_types_that_it_wants(valkey, hearing):
    ear = hearing("trader", ["task.completed", "run.*"])
    publish_now(("task.failed",), ("run.failed",), ("task.completed",))
    assert [ear.next().event_type for _ in range(2)] == ["run.failed", "task.completed"]


def test_what_s1_puts_on_its_channels_is_heard_as_it_stands(valkey, hearing):
    ear = hearing("rag-chat")
    message = {
        "event_type": "aiops-bot.alert", "source_agent": "aiops-bot", "target_agent": "rag-chat",
        "payload": {"level": "high"}, "timestamp": "2026-11-21T07:00:00",
    }  # fmt: skip
    valkey.command("PUBLISH", "events:rag-chat", "no JSON")
    valkey.command("PUBLISH", "events:rag-chat", json.dumps(message))
    assert ear.next().as_json() == message


def test_a_callback_that_hangs_or_fails_holds_up_nobody_else(valkey, hearing, caplog):
    let_go, stuck, good = threading.Event(), threading.Event(), None

    def hang(_message):
        stuck.set()
        let_go.wait(30)

    def fail(_message):
        raise ZeroDivisionError("this one cannot")

    hearing(None, callback=hang)
    hearing(None, callback=fail)
    good = hearing(None)
    publish_now(("a.b",), ("a.c",))
    assert [good.next().event_type for _ in range(2)] == ["a.b", "a.c"]
    assert stuck.wait(10)
    let_go.set()
    deadline = time.monotonic() + 10
    while caplog.text.count("a callback failed") < 2 and time.monotonic() < deadline:
        time.sleep(0.01)  # a log tells nobody of a new line
    assert caplog.text.count("a callback failed") == 2


def test_a_subscriber_hears_again_after_the_server_was_away(valkey, hearing):
    ear = hearing("trader")
    valkey.stop()
    valkey.start()
    deadline = time.monotonic() + 20
    while ear.heard.empty():
        assert time.monotonic() < deadline
        publish_now(("a.b",))
        time.sleep(0.1)  # the server tells nobody of a new subscriber


def test_a_closed_subscription_hears_no_more(valkey, hearing):
    ear, other = hearing("trader"), hearing("trader")
    ear.subscription.close()
    publish_now(("a.b",))
    assert other.next()
    assert ear.heard.empty()


def test_an_inbox_that_nobody_reads_drops_the_oldest(valkey):
    inbox = Inbox(None)
    for number in range(MOST_UNREAD + 3):
        inbox.put(own_message("a.b", payload={"n": number}))
    assert inbox.missed == 3
    first = inbox.get(0)
    assert first
    assert first.payload["n"] == 3


def test_a_server_that_hangs_holds_no_publisher_up(valkey, caplog):
    publish_now(("a.b",))
    assert publisher().flush(10)
    valkey.process.send_signal(19)  # SIGSTOP
    started = time.monotonic()
    for _ in range(1000):
        publish_now(("a.b",))
    assert time.monotonic() - started < 0.5
    valkey.process.send_signal(18)


def test_too_many_waiting_events_drop_the_oldest_and_say_so(settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = Publisher(most=10)
    found.put([own_message("a.b")] * 500)
    assert found.dropped == 490
    assert "events are dropped: more than 10 wait" in caplog.text
    found.close()


def test_events_that_wait_are_published_before_the_process_ends(valkey, tmp_path):
    with event_bus.connection().pubsub(ignore_subscribe_messages=True) as link:
        link.subscribe("events:broadcast")
        link.get_message(timeout=5)
        script = (
            "import django; django.setup()\n"
            "from notifications.bus_message import own_message\n"
            "from notifications.publisher import publisher\n"
            "publisher().put([own_message('a.b')] * 2000)\n"
        )
        environment = os.environ | {
            "REDIS_URL": valkey.url, "DJANGO_SETTINGS_MODULE": "config.settings.test",
        }  # fmt: skip
        subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)  # fmt: skip
        heard = 0
        while link.get_message(timeout=1):
            heard += 1
    assert heard == 2000


@pytest.mark.django_db(transaction=True)
def test_an_event_is_published_after_the_commit_and_not_after_a_rollback(valkey, hearing):  # fmt: skip
    ear = hearing(None)
    with transaction.atomic():
        event_bus.publish_event("a.lost")
        transaction.set_rollback(True)
    with transaction.atomic():
        event_id = event_bus.publish_event("a.kept", source_agent="analyst")
        assert publisher().flush(0)
        assert ear.heard.empty()
    heard = ear.next()
    assert (heard.event_type, heard.id, heard.source_agent) == ("a.kept", event_id, "analyst")  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_with_events_switched_off_nothing_is_said(valkey, hearing, configure):
    ear = hearing(None)
    configure("NOTIFICATIONS", events=False)
    event_bus.publish_event("a.b")
    configure("NOTIFICATIONS", events=True)
    event_bus.publish_event("a.c")
    assert ear.next().event_type == "a.c"

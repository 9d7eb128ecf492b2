"""The event bus on a real Valkey: heard, lost without harm, and heard again."""

from __future__ import annotations

import gc
import json
import queue
import threading
import time

import pytest

from notifications import event_bus


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
    caplog.set_level("INFO", "notifications.event_bus")
    settings.REDIS_URL = url
    started = time.monotonic()
    event_bus.publish("tasks", {})
    assert time.monotonic() - started < 1
    assert "nobody heard tasks" in caplog.text


def test_a_server_that_hangs_holds_a_publisher_up_for_two_seconds_at_most(
    valkey, caplog
):
    caplog.set_level("INFO", "notifications.event_bus")
    event_bus.publish("tasks", {})
    valkey.process.send_signal(19)  # SIGSTOP
    started = time.monotonic()
    event_bus.publish("tasks", {})
    assert time.monotonic() - started < 4
    assert "nobody heard tasks" in caplog.text


def test_a_listener_without_a_server_ends_when_told(settings, listen):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    listen("tasks").close()

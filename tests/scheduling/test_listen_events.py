"""`manage.py listen_events`: the tail of the bus, as people and pipes use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from config.supervisor.plan import PROJECT_DIR
from notifications.bus_message import own_message


@pytest.fixture
def tail(valkey):
    """`tail("--json")`: the command, once it listens."""
    started = []

    def start(*options):
        process = subprocess.Popen(
            [sys.executable, "manage.py", "listen_events", *options],
            cwd=PROJECT_DIR,
            env=os.environ
            | {"REDIS_URL": valkey.url, "DJANGO_SETTINGS_MODULE": "config.settings.test"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def await_listening(process):
    assert process.stderr.readline().startswith("Listening")


def test_it_prints_events_as_they_come_and_ends_in_peace(tail, valkey):
    as_json = tail("--json", "--type", "run.*", "--agent", "trader")
    short = tail("--limit", "1")
    for process in (as_json, short):
        await_listening(process)
    event = own_message("run.failed", source_agent="analyst", payload={"task_id": "tin-sáng", "n": 7})  # fmt: skip
    other = own_message("task.failed")
    for each in (event, other):
        valkey.client().publish(each.channel, each.text())
    assert json.loads(as_json.stdout.readline()) == event.as_json()
    assert short.stdout.readline().split(maxsplit=4)[1:] == [
        "run.failed", "analyst", "tin-sáng", '{"n": 7}\n',
    ]  # fmt: skip
    assert short.wait(20) == 0
    as_json.send_signal(signal.SIGINT)
    assert as_json.wait(20) == 0
    assert as_json.stderr.read() == ""


def test_a_reader_that_has_seen_enough_is_no_error(tail, valkey):
    process = tail()
    await_listening(process)
    process.stdout.close()
    for _ in range(3):
        valkey.client().publish("events:broadcast", own_message("a.b").text())
    assert process.wait(20) == 0
    assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--type", "no good"), "--type no good: no event type; write run.failed or run.*."),
        (("--limit", "-1"), "--limit -1: give 1 or more"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_one_line_and_exit_2(tail, options, words):
    process = tail(*options)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert words in said
    assert "Traceback" not in said

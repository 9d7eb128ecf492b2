"""Triggers that wait for the result."""

from __future__ import annotations

import contextlib
import time
from types import SimpleNamespace

import pytest
from django.db import connection

from scheduling.interop.trigger import running
from scheduling.models import Dependency, Run
from tests.factories import make_agent, make_task
from tests.scheduling.trigger.conftest import SECRET, signed


@pytest.fixture
def place(make_worker, configure):
    """A worker of this process; triggers are signed."""
    worker = make_worker(trigger_secret=SECRET)
    configure("SCHEDULING", trigger_secret=SECRET)
    return worker


@pytest.fixture
def while_waiting(monkeypatch):
    """Do something instead of each pause between two looks."""

    def instead(work):
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: work())
        monkeypatch.setattr(running, "time", clock)

    return instead


def run_all(worker):
    while ids := list(
        Run.objects.filter(status="queued", waits_for="").values_list("id", flat=True)
    ):
        worker.run_chunk(ids)


def test_it_is_answered_with_the_result(place, post, while_waiting):
    make_task(id="report", agent=make_agent(options={"reply": "VN-Index +1.2 %"}))
    while_waiting(lambda: run_all(place))
    answer = post(headers=signed(), query="?async=false")
    run = Run.objects.get()
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True, "status": "completed", "task_id": "report", "run_id": str(run.id),
        "result": "VN-Index +1.2 %", "error": None, "children": [], "schedule_advanced": False,
    }  # fmt: skip


def test_a_run_that_failed_is_no_failure_of_the_request(place, post, while_waiting):
    agent = make_agent(id="bad", options={"fail": "error"})
    make_task(id="report", agent=agent, max_attempts=1)
    while_waiting(lambda: run_all(place))
    answer = post(headers=signed(), query="?async=0")
    said = answer.json()
    assert (answer.status_code, said["success"], said["status"]) == (200, False, "failed")  # fmt: skip
    assert said["error"] == Run.objects.get().error != ""
    assert said["result"] is None


def test_what_follows_the_task_is_waited_for_and_told(place, post, while_waiting):
    first = make_task(id="report")
    bad = make_agent(id="bad", options={"fail": "error"})
    for name, agent in (("good", first.agent), ("bad", bad)):
        child = make_task(id=name, name=name, agent=agent, max_attempts=1)
        Dependency.objects.create(task=child, parent=first, when="succeeded")
    while_waiting(lambda: run_all(place))
    said = post(headers=signed(), query="?async=false").json()
    assert {each["task_id"]: each["status"] for each in said["children"]} == {
        "good": "completed", "bad": "failed",
    }  # fmt: skip
    assert (said["success"], said["status"]) == (False, "failed")
    assert said["error"] == Run.objects.get(task_id="bad").error


def test_an_output_that_nobody_has_approved_is_not_told(place, post, while_waiting):
    make_task(id="report", needs_approval=True)
    while_waiting(lambda: run_all(place))
    said = post(headers=signed(), query="?async=false").json()
    assert (said["success"], said["result"]) == (True, None)


def test_when_its_time_is_over_the_run_goes_on(place, post):
    make_task(id="report")
    answer = post(headers=signed(), query="?async=false&timeout=0.1")
    said = answer.json()
    assert (answer.status_code, said["status"], said["success"]) == (202, "running", True)  # fmt: skip
    assert str(Run.objects.get(status="queued").id) == said["run_id"]


def test_nothing_is_held_of_the_database_while_it_waits(place, post, while_waiting):
    make_task(id="report")
    held = []

    def look():
        held.append(connection.connection is not None or connection.in_atomic_block)
        if len(held) == 3:
            run_all(place)

    while_waiting(look)
    assert post(headers=signed(), query="?async=false").status_code == 200
    assert held == [False, False, False]


def test_more_than_so_many_cannot_wait_at_once(place, post):
    make_task(id="report")
    headers = signed()
    with contextlib.ExitStack() as places:
        for _ in range(running.MOST_WAITING):
            places.enter_context(running.place_to_wait())
        answer = post(headers=headers, query="?async=false")
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert answer.json()["error"]["code"] == "TOO_MANY_WAITING"
        assert not Run.objects.exists()
    # Nothing began, so the same signature is good again.
    assert post(headers=headers, query="?async=false&timeout=0.1").status_code == 202

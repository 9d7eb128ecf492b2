"""`/v2/events`, `/v2/events/stream`, and the event triggers of a task."""

from __future__ import annotations

import gc
import json
import threading
from typing import Any

import pytest
import requests

from notifications.bus_message import own_message
from notifications.publisher import publisher
from notifications.subscriptions import hub
from pages.tokens import make_token
from scheduling import triggers
from scheduling.api import event_bus
from scheduling.models import EventTrigger, Run
from tests.factories import make_member, make_task, make_user
from tests.notifications.conftest import valkey  # noqa: F401 -- a fixture
from tests.scheduling.api.conftest import TASKS, client_of
from tests.scheduling.threads import await_true

pytestmark = pytest.mark.django_db
PUBLISH, STREAM = "/v2/events", "/v2/events/stream"


@pytest.fixture(autouse=True)
def _fresh_places():
    event_bus._places.cache_clear()
    yield
    event_bus._places.cache_clear()


@pytest.fixture
def operator():
    return client_of(make_member("operators"))


# -- publishing


def test_an_event_is_taken_and_begins_runs(operator, django_capture_on_commit_callbacks):  # fmt: skip
    EventTrigger.objects.create(task=make_task(), event_type="task.completed")
    body = {"event_type": "task.completed", "source_agent": "s1", "payload": {"n": 1}}
    with django_capture_on_commit_callbacks(execute=True):
        answer = operator.post(PUBLISH, body, format="json")
    assert answer.status_code == 202
    assert Run.objects.get().event["payload"] == {"event_id": answer.json()["event_id"], "n": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "event_type", "required"),
        ({"event_type": "no good"}, "event_type", "write it like task.completed"),
        ({"event_type": "run.failed"}, "event_type", "only Backbeat itself says run.*"),
        ({"event_type": "a.b", "payload": [1]}, "payload", "JSON object"),
        ({"event_type": "a.b", "payload": {"x": "y" * 70_000}}, "payload", "65536 are allowed"),
        ({"event_type": "a.b", "source_agent": "x" * 101}, "source_agent", "100"),
        ({"event_type": "a.b", "when": 1}, "when", "Unknown field"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_refused_by_field(operator, body, field, words):
    answer = operator.post(PUBLISH, body, format="json")
    assert answer.status_code == 400
    assert words in answer.json()["errors"][field][0]


# -- listening


@pytest.fixture
def listening(live_server):
    """`listening(user, "?type=a.b")`: the answer to who asks for a stream."""
    opened = []

    def ask(user, query="", **headers):
        headers |= {"Authorization": f"Bearer {make_token(user, 1)[1]}", "Accept": "text/event-stream", "Connection": "close"}  # fmt: skip
        answer = requests.get(live_server.url + STREAM + query, headers=headers, stream=True, timeout=20)  # fmt: skip
        opened.append(answer)
        return answer

    yield ask
    for each in opened:
        each.close()
    for inbox in hub()._inboxes:
        inbox.close()
    await_true(lambda: not any("process_request" in each.name for each in threading.enumerate()), "the streams to end")  # fmt: skip


def next_data(lines):
    """The next event of a stream, with its id."""
    found = {}
    for line in lines:
        name, _, value = line.partition(": ")
        found[name] = value
        if name == "data":
            return found["id"], json.loads(value)
    return None


def say(*events):
    publisher().put(events)


@pytest.mark.django_db(transaction=True)
def test_a_stream_brings_events_as_they_come_and_goes_on_where_it_was(valkey, listening):  # noqa: F811  # fmt: skip
    staff = make_user(is_staff=True, is_superuser=True)
    answer = listening(staff, "?type=run.*&agent=trader")
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    lines = answer.iter_lines(1, decode_unicode=True)
    assert next(lines) == "retry: 1000"
    assert hub().listening.wait(10)
    first = own_message("run.failed", payload={"text": "dòng\nmới"})
    second = own_message("run.succeeded", target_agent="trader")
    say(own_message("task.failed"), own_message("run.failed", target_agent="other"), first, second)  # fmt: skip
    assert next_data(lines) == (first.id, first.as_json())
    assert next_data(lines) == (second.id, second.as_json())
    answer.close()
    again = listening(staff, "?type=run.*&agent=trader", **{"Last-Event-ID": first.id})
    assert next_data(again.iter_lines(1, decode_unicode=True)) == (second.id, second.as_json())  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_who_is_no_staff_hears_of_their_own_tasks(valkey, listening):  # noqa: F811
    lan = make_user()
    own, other = make_task(owner=lan), make_task(owner=make_user())
    lines = listening(lan).iter_lines(1, decode_unicode=True)
    next(lines)
    assert hub().listening.wait(10)
    say(
        own_message("system.blackout"),
        own_message("run.failed", payload={"task_id": other.id}),
        own_message("run.failed", payload={"task_id": own.id}),
    )
    assert next_data(lines)[1]["payload"]["task_id"] == own.id


@pytest.mark.django_db(transaction=True)
def test_streams_are_bounded(valkey, listening, configure):  # noqa: F811
    configure("NOTIFICATIONS", event_streams=1)
    staff = make_user(is_staff=True, is_superuser=True)
    assert listening(staff).status_code == 200
    refused = listening(staff)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "taken" in refused.json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_a_stream_ends_by_itself_and_frees_its_place(valkey, listening, configure):  # noqa: F811  # fmt: skip
    configure("NOTIFICATIONS", event_streams=1, event_stream_seconds=0.5)
    staff = make_user(is_staff=True, is_superuser=True)
    assert listening(staff).text.startswith(
        "retry: 1000\n: listening\n\n"
    )  # to its end
    assert listening(staff).status_code == 200


def test_a_type_that_is_none_is_refused(as_staff):
    answer = as_staff.get(f"{STREAM}?type=no%20good")
    assert answer.status_code == 400
    assert "run.failed or run.*" in answer.json()["errors"]["type"][0]


def test_a_server_that_forgets_a_stream_has_its_place_back(configure, staff):
    configure("NOTIFICATIONS", event_streams=1)
    client = client_of(staff)
    answer: Any = client.get(STREAM)
    assert client.get(STREAM).status_code == 429
    answer = answer.headers  # and nobody calls close()
    gc.collect()
    assert answer["Cache-Control"] == "no-store"
    assert client.get(STREAM).status_code == 200


# A stream that is closed ends its request, and with that its connection.
@pytest.mark.django_db(transaction=True)
def test_who_is_no_staff_leaves_streams_to_the_staff(configure, staff, person):
    configure("NOTIFICATIONS", event_streams=2)
    client = client_of(person)
    answers: Any = [client.get(STREAM), client.get(STREAM)]
    assert [each.status_code for each in answers] == [200, 429]
    answers += [client_of(staff).get(STREAM), client_of(staff).get(STREAM)]
    assert [each.status_code for each in answers[2:]] == [200, 429]
    answers[0].close()
    assert client.get(STREAM).status_code == 200


# -- event triggers


def test_an_owner_makes_changes_lists_and_deletes_event_triggers(as_person, person):
    task = make_task(owner=person)
    path = f"{TASKS}{task.id}/event-triggers"
    body = {"event_type": "signal.*", "filter": "payload.ticker == 'VCB'"}
    made = as_person.post(path, body, format="json")
    assert made.status_code == 201
    one = f"{path}/{made.json()['id']}"
    changed = as_person.patch(one, {"min_interval_seconds": 60}, format="json").json()
    assert (changed["event_type"], changed["min_interval_seconds"]) == ("signal.*", 60)
    assert as_person.get(path).json() == [changed] == as_person.get(f"{TASKS}{task.id}/").json()["event_triggers"]  # fmt: skip
    assert as_person.put(one, {"event_type": "run.failed"}, format="json").status_code == 200  # fmt: skip
    assert as_person.delete(one).status_code == 204
    assert as_person.get(one).status_code == 404
    task.refresh_from_db()
    assert task.version > 1


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "event_type", "required"),
        ({"event_type": "*"}, "event_type", "write it like task.completed"),
        ({"event_type": "a.b", "filter": "payload.("}, "filter", "JMESPath"),
        (
            {"event_type": "a.b", "min_interval_seconds": -1},
            "min_interval_seconds",
            "0",
        ),
    ],
)
def test_a_trigger_that_cannot_be_is_refused_by_field(as_staff, body, field, words):
    task = make_task()
    answer = as_staff.post(f"{TASKS}{task.id}/event-triggers", body, format="json")
    assert answer.status_code == 400
    assert words in answer.json()["errors"][field][0]


def test_a_target_reads_triggers_and_does_not_change_them(as_person, person):
    task = make_task(target_user_id=str(person.pk))
    path = f"{TASKS}{task.id}/event-triggers"
    assert as_person.get(path).status_code == 200
    assert as_person.post(path, {"event_type": "a.b"}, format="json").status_code == 403


def test_a_change_is_known_to_this_process_at_once(as_staff, django_capture_on_commit_callbacks):  # fmt: skip
    task = make_task()
    assert triggers.known() == []
    with django_capture_on_commit_callbacks(execute=True):
        as_staff.post(f"{TASKS}{task.id}/event-triggers", {"event_type": "a.b"}, format="json")  # fmt: skip
    assert len(triggers.known()) == 1

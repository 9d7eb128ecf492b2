"""Replying by the API, and what a session shows of it."""

from __future__ import annotations

import uuid

import pytest

from notifications.models import ChatSession
from scheduling import lifecycle
from scheduling.models import Run
from scheduling.outcome import Outcome
from tests.factories import make_member, make_task
from tests.scheduling.api.conftest import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(person):
    make_task(id="report", target_user_id=str(person.pk))
    session = ChatSession.objects.create(
        user_id=str(person.pk), task_id="report", run_id=uuid.uuid4(), title="Report"
    )
    session.messages.create(role="assistant", content="Up 1 %.")
    return session


def path(session, end="reply"):
    return f"/v2/chat-sessions/{session.pk}/{end}"


def test_a_reply_is_accepted_and_the_session_shows_where_it_stands(as_person, session):
    reply_id = str(uuid.uuid4())
    said = {"message": "Why?", "reply_id": reply_id}
    answer = as_person.post(path(session), said, format="json")
    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert body["run_id"] == reply_id
    shown = body["session"]
    assert shown["reply"] == {"run_id": reply_id, "status": "queued", "approval": ""}
    assert "still answering" in shown["refusal"]
    assert shown["messages"][-1]["content"] == "Why?"
    assert shown["messages"][-1]["run_id"] == reply_id
    again = as_person.post(path(session), said, format="json")
    assert again.status_code == 202
    assert Run.objects.count() == 1
    (run,) = lifecycle.claim([uuid.UUID(reply_id)], worker="w")
    lifecycle.finish([Outcome(run_id=run.id, lease_token=run.lease_token, status="succeeded", output="So.")])  # fmt: skip
    shown = as_person.get(path(session, "")).json()
    assert shown["reply"]["status"] == "succeeded"
    assert shown["refusal"] == ""
    assert [each["content"] for each in shown["messages"]] == ["Up 1 %.", "Why?", "So."]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "message"),
        ({"message": " "}, "message"),
        ({"message": "x" * 20_001}, "message"),
        ({"message": "a\0b"}, "message"),
        ({"message": "a", "reply_id": "7"}, "reply_id"),
    ],
)
def test_bad_replies_are_told_by_field(as_person, session, body, field):
    answer = as_person.post(path(session), body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Run.objects.exists()


def test_a_second_reply_is_a_conflict_and_too_many_are_told_when_again(
    as_person, session, configure
):
    as_person.post(path(session), {"message": "Why?"}, format="json")
    answer = as_person.post(path(session), {"message": "And?"}, format="json")
    assert answer.status_code == 409
    assert "still answering" in answer.json()["detail"]
    configure("SCHEDULING", replies_per_hour=1)
    Run.objects.update(status="cancelled", finished_at="2027-01-01T00:00:00Z")
    answer = as_person.post(path(session), {"message": "And?"}, format="json")
    assert answer.status_code == 429
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert "within the hour" in answer.json()["detail"]


def test_staff_read_it_and_do_not_speak_in_anothers_name(session):
    staff = client_of(make_member("editors"))
    assert staff.get(path(session, "")).status_code == 200
    answer = staff.post(path(session), {"message": "Why?"}, format="json")
    assert answer.status_code == 403
    assert "written to" in answer.json()["detail"]
    assert not Run.objects.exists()

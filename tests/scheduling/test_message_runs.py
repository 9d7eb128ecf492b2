"""Runs of the `message` backend: another agent answers, in a chat session."""

from __future__ import annotations

import uuid

import pytest

from notifications.models import ChatMessage, ChatSession
from scheduling.asking import session_turns
from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_run, make_task
from tests.scheduling.threads import in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def task(shared_database):
    make_agent(id="analyst", options={"reply": "Up 1 %."})
    agent = make_agent(id="talker", backend="message", options={"agent_id": "analyst"})
    return make_task(
        id="talk", agent=agent, target_user_id="45", input_message="How is VNM?"
    )


def ran(worker, task: ScheduledTask) -> Run:
    run = make_run(task)
    in_thread(worker.run_chunk, [run.id]).result(timeout=15)
    run.refresh_from_db()
    return run


def said(session_id: uuid.UUID) -> list[tuple[str, str]]:
    rows = ChatMessage.objects.filter(session_id=session_id)
    return list(rows.values_list("role", "content"))


def test_question_and_answer_join_a_session_that_later_runs_go_on_with(task, worker):
    first, second = ran(worker, task), ran(worker, task)
    assert first.status == "succeeded", first.error
    assert first.output_data == {
        "session_id": first.metadata["session_id"],
        "message": "How is VNM?",
        "response": "Up 1 %.",
    }
    session = ChatSession.objects.get()
    assert str(session.id) == second.metadata["session_id"]
    assert said(session.id) == [("user", "How is VNM?"), ("assistant", "Up 1 %.")] * 2


def test_a_session_of_the_target_user_may_be_named(task, worker):
    mine = ChatSession.objects.create(user_id="45", title="VNM")
    ScheduledTask.objects.update(agent_options={"session_id": str(mine.id)})
    run = ran(worker, task)
    assert run.status == "succeeded", run.error
    assert len(said(mine.id)) == 2
    assert ChatSession.objects.count() == 1


@pytest.mark.parametrize("owner", ["46", None])
def test_nobody_speaks_in_the_session_of_somebody_else(task, worker, owner):
    session_id = uuid.uuid4()
    if owner:
        ChatSession.objects.create(id=session_id, user_id=owner, title="Private")
    ScheduledTask.objects.update(agent_options={"session_id": str(session_id)})
    run = ran(worker, task)
    assert run.status == "failed"
    assert "has no chat session" in run.error
    assert said(session_id) == []


def test_the_latest_of_what_was_said_is_shown_to_the_agent(shared_database):
    mine = ChatSession.objects.create(user_id="45", title="VNM")
    for role, text in (("user", "one"), ("assistant", "two"), ("user", "three")):
        ChatMessage.objects.create(session=mine, role=role, content=text)
    turns = session_turns(str(mine.id), user_id="45", most=2) or []
    assert [(each.role, each.content) for each in turns] == [
        ("assistant", "two"),
        ("user", "three"),
    ]


def test_without_a_target_user_there_is_no_session(task, worker):
    ScheduledTask.objects.update(target_user_id="")
    task.refresh_from_db()
    assert "target_user_id" in ran(worker, task).error


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"id": "nobody"}, "there is no agent"),
        ({"id": "off", "active": False}, "switched off"),
        ({"id": "other", "backend": "message"}, "asks another agent itself"),
        ({"id": "health", "backend": "health"}, "staff only"),
    ],
)
def test_who_cannot_be_asked_is_named(task, worker, asked, words):
    if asked["id"] != "nobody":
        make_agent(**asked)
    ScheduledTask.objects.update(agent_options={"agent_id": asked["id"]})
    run = ran(worker, task)
    assert run.status == "failed"
    assert words in run.error


def test_the_credentials_of_the_agent_that_answers_never_come_back(
    task, make_worker, httpserver
):
    worker = make_worker(agent_allowed_origins=(httpserver.url_for("/"),))
    httpserver.expect_request("/agent").respond_with_data("t0ken-abc?", status=401)
    make_agent(
        id="own",
        backend="http",
        options={"url": httpserver.url_for("/agent")},
        credentials={"bearer_token": "t0ken-abc"},
    )
    ScheduledTask.objects.update(agent_options={"agent_id": "own"})
    run = ran(worker, task)
    assert httpserver.log[0][0].headers["Authorization"] == "Bearer t0ken-abc"
    assert "status 401" in run.error
    assert "t0ken-abc" not in run.error + run.error_trace


def test_a_failed_run_tells_its_user_in_a_session_of_its_own(task, worker):
    ScheduledTask.objects.update(agent_options={"agent_id": "nobody"})
    run = ran(worker, task)
    assert ChatSession.objects.get().run_id == run.id


def test_a_tool_is_called_without_a_model(shared_database, worker):
    agent = make_agent(id="tools", backend="tool_call", options={})
    own = {"tool_name": "list_runs", "params": {}}
    run = ran(worker, make_task(agent=agent, agent_options=own))
    assert run.status == "succeeded", run.error
    assert run.output_data["tool_name"] == "list_runs"

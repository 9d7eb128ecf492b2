"""A reply on its way to the agent: what a model, an endpoint and a function are told."""

from __future__ import annotations

import json

import pytest

from notifications.models import ChatSession
from scheduling import services
from scheduling.agents import AGENT_BACKENDS, converses
from scheduling.agents.base import AgentRequest, Turn
from scheduling.agents.child.surroundings import run_document
from scheduling.agents.http import HttpBackend, HttpOptions
from tests.factories import make_agent, make_run, make_task, make_user
from tests.scheduling.threads import in_thread

SCHEMA = {
    "type": "object",
    "properties": {"price": {"type": "number"}, "text": {"type": "string"}},
    "required": ["price"],
}
SAID = [Turn(role="user", content="Report."), Turn(role="assistant", content="Up.")]


def ended(worker, run):
    in_thread(worker.run_chunk, [run.id]).result(timeout=60)
    run.refresh_from_db()
    assert run.status == "succeeded", run.error
    return run


@pytest.mark.node
@pytest.mark.django_db(transaction=True)
def test_a_model_is_asked_with_what_was_said_and_answers_in_words(model_server, make_worker):  # fmt: skip
    worker = make_worker(agent_allowed_origins=(model_server.url,))
    options = {"provider": "openai_compatible", "model": "m", "base_url": model_server.openai_url}  # fmt: skip
    agent = make_agent(
        id="analyst", backend="llm", options=options | {"output_schema": SCHEMA}
    )
    user = make_user()
    task = make_task(agent=agent, input_message="a typed price", target_user_id=str(user.pk))  # fmt: skip
    report = ended(worker, make_run(task))
    assert report.output_data == {"price": 12.5, "text": "It costs 12.50."}
    session = ChatSession.objects.get()
    question = "Is it in the digest for openai?"
    answer = ended(worker, services.reply(session, question, user=user))
    assert answer.output.startswith("# Digest")
    assert answer.output_data is None
    body = model_server.journal()[-1]["body"]
    told = [(each["role"], each["content"]) for each in body["messages"]]
    assert told == [
        ("user", "a typed price"),
        ("assistant", "It costs 12.50."),
        ("user", question),
    ]
    assert not body.get("tools")
    assert session.messages.last().content == answer.output


@pytest.mark.django_db(transaction=True)
def test_in_a_session_of_the_message_backend_the_same_agent_answers(make_worker):
    worker = make_worker()
    make_agent(id="analyst", options={})
    agent = make_agent(id="talker", backend="message", options={"agent_id": "analyst"})
    user = make_user()
    task = make_task(agent=agent, input_message="How is VNM?", target_user_id=str(user.pk))  # fmt: skip
    ended(worker, make_run(task))
    session = ChatSession.objects.get()
    ended(worker, services.reply(session, "And FPT?", user=user))
    assert list(session.messages.values_list("role", "content")) == [
        ("user", "How is VNM?"),
        ("assistant", "How is VNM?"),
        ("user", "And FPT?"),
        ("assistant", "And FPT?"),
    ]
    assert ChatSession.objects.count() == 1


@pytest.mark.anyio
async def test_an_endpoint_gets_the_session_and_its_history(make_request, httpserver):
    httpserver.expect_request("/agent").respond_with_json({"output": "So."})
    options = HttpOptions(url=httpserver.url_for("/agent"))
    reply = {"session_id": "s-1", "history": SAID, "input_message": "Why?"}
    await HttpBackend().invoke(make_request(options, **reply))
    await HttpBackend().invoke(make_request(options))
    replied, asked = (json.loads(sent.get_data()) for sent, _ in httpserver.log)
    assert replied["input_message"] == "Why?"
    assert replied["session_id"] == "s-1"
    assert replied["history"] == [
        {"role": "user", "content": "Report."},
        {"role": "assistant", "content": "Up."},
    ]
    assert not {"session_id", "history"} & set(asked)


def test_a_function_gets_them_too(make_request):
    request: AgentRequest[HttpOptions] = make_request(
        HttpOptions(url="https://a.example"), session_id="s-1", history=SAID
    )
    document = run_document(request)
    assert document["session_id"] == "s-1"
    assert document["history"][1] == {"role": "assistant", "content": "Up."}


def test_only_who_heeds_what_is_said_can_be_talked_with():
    assert {kind for kind in AGENT_BACKENDS if converses(kind, {})} == {
        "llm",
        "http",
        "message",
        "echo",
    }
    assert converses("function", {"function": "answer", "converses": True})

"""A report leads to its session, where the target user can reply."""

from __future__ import annotations

import json
import uuid

import pytest

from notifications.formatters import FORMATTERS
from notifications.formatters.base import FormatConfig, NotificationPayload, text_parts
from notifications.models import ChatSession, Delivery
from notifications.owing import owe
from notifications.result import Result
from notifications.saying import say
from scheduling.results import result_of
from tests.factories import make_run, make_task, make_webhook

LINK = "https://backbeat.example/sessions/6f1e2f62-0c0d-4c86-9a3b-5c1a1f8a2f11/"
CHATS = ["discord", "slack", "telegram", "teams", "google_chat", "email"]


def payload(content: str = "Up **1 %**.", url: str = LINK) -> NotificationPayload:
    return NotificationPayload(
        task_id="report",
        task_name="Report",
        run_id="1",
        user_id="45",
        output_type="text",
        content=content,
        metadata={"session_url": url},
    )


def shaped(name: str, told: NotificationPayload) -> list[str]:
    config = FormatConfig(chat_id="-1", options={"max_messages": 2})
    made = FORMATTERS[name].messages(told, config)
    return [json.dumps(each, ensure_ascii=False) for each in made]


@pytest.mark.parametrize("name", CHATS)
@pytest.mark.parametrize("content", ["Up **1 %**.", "```\nunclosed", "word " * 60_000])
def test_the_last_message_of_a_chat_ends_with_the_link(name, content):
    *before, last = shaped(name, payload(content))
    assert last.count(LINK) == 1
    assert "Open the conversation" in last
    assert LINK not in "".join(before)


@pytest.mark.parametrize("name", CHATS)
@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "https://a.example/) @everyone", "https://a|<b>"]
)
def test_what_is_no_plain_address_is_no_link(name, url):
    assert shaped(name, payload(url=url)) == shaped(name, payload(url=""))


@pytest.mark.parametrize("chars", [380, 395, 400, 790, 800, 2000])
def test_the_link_takes_no_part_beyond_its_limit(chars):
    parts = text_parts("x" * chars, 400, at_most=2, ending="[Open](https://a.example)")
    assert len(parts) <= 2
    assert all(len(part) <= 400 for part in parts)
    assert parts[-1].endswith("[Open](https://a.example)")


def result(**fields) -> Result:
    known = {
        "run_id": uuid.uuid4(),
        "status": "succeeded",
        "task_id": "report",
        "task_name": "Report",
        "user_id": "45",
        "output_type": "text",
        "content": "Up.",
        "text": "Up.",
        "prompt": "Report.",
        "metadata": {},
    }
    return Result(**(known | fields))


@pytest.mark.django_db
def test_each_run_learns_its_session_and_of_a_reply_only_the_answer_is_added():
    first, other = result(), result(user_id="")
    sessions = say([first, other])
    session = ChatSession.objects.get()
    assert sessions == {first.run_id: session.id}
    answer = result(session_id=session.id, is_reply=True, text="Because.")
    assert say([answer]) == {answer.run_id: session.id}
    assert list(session.messages.values_list("role", "content", "run_id")) == [
        ("user", "Report.", first.run_id),
        ("assistant", "Up.", first.run_id),
        ("assistant", "Because.", answer.run_id),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("public_url", ["https://backbeat.example/", ""])
def test_what_webhooks_are_told_names_the_session_where_the_address_is_known(public_url, configure):  # fmt: skip
    configure("NOTIFICATIONS", public_url=public_url)
    webhook = make_webhook(make_task(id="report"))
    owe([result()], {"report": [webhook]})
    session = ChatSession.objects.get()
    told = Delivery.objects.get().payload["metadata"].get("session_url")
    known = f"https://backbeat.example/sessions/{session.id}/"
    assert told == (known if public_url else None)


@pytest.mark.django_db
def test_an_agent_names_no_session_by_itself():
    run = make_run(metadata={"session_url": "https://evil.example/", "mine": 1})
    assert "session_url" not in result_of(run).metadata
    assert result_of(run).metadata["mine"] == 1

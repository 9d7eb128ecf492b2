from __future__ import annotations

import json

import pytest

from notifications.formatters import FormatConfig, NotificationPayload, get_formatter
from notifications.markup import to_google_chat
from notifications.models import Delivery
from notifications.sender import deliver


def payload(content="Hello **world**", **changes):
    fields = {
        "task_id": "morning-report",
        "task_name": "Morning report",
        "run_id": "r1",
        "user_id": "45",
        "output_type": "text",
        "content": content,
        "metadata": {},
    }
    return NotificationPayload(**(fields | changes))


def messages(*args, options=None, **changes):
    config = FormatConfig(options=options or {})
    return get_formatter("google_chat").messages(payload(*args, **changes), config)


def test_a_result_is_a_text_with_its_title():
    assert messages() == [{"text": "*Morning report*\n\nHello *world*"}]


def test_a_failure_is_crossed_and_shows_its_error():
    (message,) = messages(None, metadata={"status": "failed", "error": "a < b"})
    assert message["text"] == "*❌ Morning report*\n\n```\na < b\n```"


def test_a_long_text_becomes_numbered_messages():
    made = messages("word " * 2_000)
    heads = [message["text"].split("\n\n")[0] for message in made]
    assert heads == [f"*Morning report* ({n}/3)" for n in (1, 2, 3)]
    assert all(len(message["text"]) <= 4096 for message in made)


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("**b** *i* ~~s~~ `c`", "*b* _i_ ~s~ `c`"),
        ("a & b > c", "a & b > c"),
        ("```py\nx < 1\n```", "```\nx < 1\n```"),
        ("[l](https://x.y/?a=1&b=2)", "<https://x.y/?a=1&b=2|l>"),
        ("<https://x.y>", "<https://x.y>"),
        ("[a|b](https://x.y)", "a|b (<https://x.y>)"),
        ("[l](ftp://x.y)", "l (ftp://x.y)"),
        ("hi <users/all> <users/1>", "hi <\u200dusers/all> <\u200dusers/1>"),
        ("`<users/all>`", "`<\u200dusers/all>`"),
        ("&lt;users/all>", "<\u200dusers/all>"),
        ("[<users/all>](https://x.y)", "<\u200dusers/all> (<https://x.y>)"),
        ("&lt;https://x.y|me> x", "<\u200dhttps://x.y|me> x"),
    ],
)
def test_markdown_is_written_in_its_own_markup(source, made):
    assert to_google_chat(source) == made


def read(status, **error):
    body = json.dumps({"error": error})
    return get_formatter("google_chat").read_error(status, {}, body)


@pytest.mark.parametrize(
    ("status", "dead", "permanent"),
    [
        (400, False, True),
        (403, False, True),
        (404, True, True),
        (429, False, False),
        (503, False, False),
    ],
)
def test_an_error_is_judged_by_its_status_and_told_in_its_words(
    status, dead, permanent
):
    hint = read(status, code=status, message="Because.")
    assert (hint.dead, hint.permanent, hint.reason) == (dead, permanent, "Because.")


def test_an_answer_of_another_kind_says_nothing():
    assert get_formatter("google_chat").read_error(500, {}, "<html>") is None


@pytest.mark.parametrize(("format", "status"), [("teams", 202), ("google_chat", 200)])
def test_a_delivery_arrives_with_the_status_of_the_channel(
    owed, receiver, format, status
):
    delivery = owed(receiver.answers(status), format, content="**hi**")
    deliver([delivery.id])
    assert Delivery.objects.get().status == Delivery.Status.DELIVERED
    assert "**hi**" in json.dumps(receiver.bodies) or "*hi*" in json.dumps(
        receiver.bodies
    )

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.formatters import FormatConfig, NotificationPayload, get_formatter


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
    return get_formatter("slack").messages(
        payload(*args, **changes), FormatConfig(options=options or {})
    )


def sections(message):
    return [b["text"]["text"] for b in message["blocks"] if b["type"] == "section"]


def units(text):
    return len(text.encode("utf-16-le")) // 2


def check_limits(message):
    blocks = message["blocks"]
    assert [blocks[0]["type"], blocks[-1]["type"]] == ["header", "context"]
    assert len(blocks) <= 50
    assert 0 < units(blocks[0]["text"]["text"]) <= 150
    for text in sections(message):
        assert 0 < units(text) <= 3000
        assert text.strip()
    assert units(json.dumps(message, ensure_ascii=False)) <= 12_000


def test_a_result_is_header_section_and_context():
    (message,) = messages()
    assert message == {
        "text": "Morning report",
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": "Morning report"},
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": "Hello *world*"}},
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": "morning-report · run r1"}],
            },
        ],
    }


def test_a_failure_is_crossed_and_shows_its_error():
    (message,) = messages(None, metadata={"status": "failed", "error": "a < b"})
    assert message["blocks"][0]["text"]["text"] == "❌ Morning report"
    assert sections(message) == ["```\na &lt; b\n```"]


def test_a_long_text_fills_sections_and_then_messages():
    made = messages("word " * 4_000)
    assert [len(sections(message)) for message in made] == [3, 3, 1]
    assert made[1]["blocks"][0]["text"]["text"] == "Morning report (2/3)"
    text = " ".join(part for message in made for part in sections(message))
    assert text.split() == ["word"] * 4_000


def test_the_escaped_text_counts_not_the_source():
    for message in messages("<" * 10_000):
        check_limits(message)


def test_mentions_die_in_every_field():
    evil = "<!channel> <@U1> @here <!everyone>"
    (message,) = messages(evil, task_name=evil, task_id=evil)
    sent = json.dumps(message, ensure_ascii=False)
    for live in ("<!", "<@", "@here", "@channel", "@everyone"):
        assert live not in sent


def test_the_longest_fields_stay_within_the_total():
    for evil in ("&", '"', "\x01", "😀", "<@"):
        for message in messages(evil * 9_000, task_name=evil * 300, task_id=evil * 300):
            check_limits(message)


def test_a_long_output_is_ended_with_a_notice():
    made = messages("word " * 100_000, options={"max_messages": 2})
    assert len(made) == 2
    assert "whole output has 500000 characters" in sections(made[-1])[-1]


@given(
    st.lists(
        st.text(st.sampled_from('a&<>!@ \n"\\`*|-😀é\u0301'), max_size=3_000),
        max_size=8,
    ).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=300),
)
def test_every_message_keeps_the_limits(content, name):
    for message in messages(content, task_name=name, task_id=name):
        check_limits(message)


def read(status, answer):
    return get_formatter("slack").read_error(status, {}, answer)


@pytest.mark.parametrize(
    ("status", "word"),
    [(404, "no_service"), (404, "channel_not_found"), (410, "channel_is_archived")],
)
def test_an_endpoint_that_is_gone_is_dead(status, word):
    hint = read(status, f"{word}\n")
    assert (hint.dead, hint.permanent, hint.reason) == (True, True, word)


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "invalid_blocks"), (403, "action_prohibited"), (400, "user_not_found")],
)
def test_a_message_that_slack_will_never_take_is_permanent(status, word):
    hint = read(status, word)
    assert (hint.dead, hint.permanent) == (False, True)


@pytest.mark.parametrize(
    ("status", "word"), [(500, "rollup_error"), (429, "rate_limited"), (200, "ok")]
)
def test_other_words_say_nothing(status, word):
    assert read(status, word) is None

from __future__ import annotations

import json
import time

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


def units(text):
    return len(text.encode("utf-16-le")) // 2


def messages(*args, options=None, **changes):
    return get_formatter("discord").messages(
        payload(*args, **changes), FormatConfig(options=options or {})
    )


def check_limits(message):
    (embed,) = message["embeds"]
    sizes = [embed["title"], embed["description"], embed["footer"]["text"]]
    assert 0 < units(sizes[0]) <= 256
    assert 0 < units(sizes[1]) <= 4096
    assert 0 < units(sizes[2]) <= 2048
    assert sum(map(units, sizes)) <= 6000
    assert message["allowed_mentions"] == {"parse": []}


def test_a_result_is_one_embed_with_title_description_and_footer():
    (message,) = messages()
    assert message == {
        "embeds": [
            {
                "title": "Morning report",
                "description": "Hello **world**",
                "color": 0x2ECC71,
                "footer": {"text": "morning-report · run r1"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def test_a_failure_is_red_and_crossed():
    (message,) = messages(None, metadata={"status": "failed", "error": "boom"})
    (embed,) = message["embeds"]
    assert embed["title"].startswith("❌ ")
    assert embed["color"] == 0xE74C3C
    assert "boom" in embed["description"]


def test_blank_output_is_said():
    assert messages("")[0]["embeds"][0]["description"] == "(no output)"


def test_a_long_text_becomes_numbered_messages():
    made = messages("word " * 2_000)
    assert [m["embeds"][0]["title"] for m in made] == [
        "Morning report (1/3)",
        "Morning report (2/3)",
        "Morning report (3/3)",
    ]
    assert made[0]["embeds"][0]["footer"]["text"].endswith(" (1/3)")
    text = " ".join(m["embeds"][0]["description"] for m in made)
    assert text.split() == ["word"] * 2_000


def test_mentions_are_inert():
    (message,) = messages("@everyone <@1>", task_name="@here", task_id="<@&2>")
    sent = json.dumps(message, ensure_ascii=False)
    for live in ("@everyone", "@here", "<@1", "<@&"):
        assert live not in sent


def test_a_table_is_shown_as_code():
    (message,) = messages("| a | b |\n|---|---|\n| 1 | 2 |")
    assert message["embeds"][0]["description"].startswith("```\na | b\n")


def test_the_longest_fields_stay_within_the_total():
    made = messages("😀" * 9_000, task_name="@here" * 200, task_id="<@x" * 3_000)
    for message in made:
        check_limits(message)


def test_ten_megabytes_become_a_few_messages_that_say_so_soon():
    started = time.monotonic()
    made = messages("| a | b |\nsome line of text\n" * 400_000)
    assert time.monotonic() - started < 5
    assert len(made) == 25
    assert "whole output has" in made[-1]["embeds"][0]["description"]


def test_the_number_of_messages_is_an_option():
    (message,) = messages("word " * 9_000, options={"max_messages": 1})
    check_limits(message)
    assert message["embeds"][0]["description"].startswith("word word")


@given(
    st.lists(st.text(st.sampled_from("a@<! \n`|-😀é\u0301"), max_size=3_000)).map(
        "".join
    ),
    st.text(st.characters(codec="utf-8"), max_size=400),
)
def test_every_message_keeps_the_limits(content, name):
    for message in messages(content, task_name=name):
        check_limits(message)


def read(status, answer):
    return get_formatter("discord").read_error(status, {}, answer)


@pytest.mark.parametrize(("status", "code"), [(404, 10015), (401, 50027)])
def test_a_deleted_webhook_is_dead(status, code):
    hint = read(status, json.dumps({"message": "Unknown Webhook", "code": code}))
    assert hint.dead
    assert hint.reason == "Unknown Webhook"


def test_a_rate_limit_says_how_long_to_wait():
    hint = read(429, '{"message": "slow", "retry_after": 1.5, "global": false}')
    assert (hint.retry_after, hint.permanent, hint.dead) == (1.5, False, False)


def test_another_client_error_is_permanent_but_not_dead():
    hint = read(400, '{"message": "Cannot send an empty message", "code": 50006}')
    assert (hint.permanent, hint.dead) == (True, False)


@pytest.mark.parametrize("answer", ["", "<html>", "[]", "null", "{", "[" * 65_000])
def test_an_answer_that_is_not_discords_says_nothing(answer):
    assert read(502, answer) is None


def test_odd_values_in_an_answer_do_no_harm():
    assert read(429, '{"retry_after": "soon"}').retry_after is None
    assert read(429, '{"retry_after": 1e999}').retry_after is None
    assert read(429, '{"retry_after": NaN}').retry_after is None
    assert read(429, f'{{"retry_after": {10**400}}}').retry_after is None
    assert read(400, '{"code": [1], "message": null}').dead is False

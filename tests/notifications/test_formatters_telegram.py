from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.formatters import (
    FormatConfig,
    FormatterError,
    NotificationPayload,
    get_formatter,
)


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


CHAT = FormatConfig(chat_id="-100123")


def messages(*args, config=CHAT, **changes):
    return get_formatter("telegram").messages(payload(*args, **changes), config)


def units(text):
    return len(text.encode("utf-16-le")) // 2


def test_a_result_is_html_with_its_title():
    (message,) = messages()
    assert message == {
        "chat_id": "-100123",
        "text": "<b>Morning report</b>\n\nHello <b>world</b>",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }


@pytest.mark.parametrize("chat_id", ["", "  "])
def test_a_chat_id_is_required(chat_id):
    with pytest.raises(FormatterError, match="chat_id: is missing"):
        messages(config=FormatConfig(chat_id=chat_id))


def test_the_form_can_ask_for_the_chat_id_before_saving():
    formatter = get_formatter("telegram")
    formatter.check_config(CHAT)
    with pytest.raises(FormatterError, match="chat_id"):
        formatter.check_config(FormatConfig())


@pytest.mark.parametrize("text", ["a_b", "2 * 3", "[x", "`y", "_*[`", "<b>", "&"])
def test_loose_markup_cannot_break_it(text):
    (message,) = messages(text)
    sent = message["text"].split("\n\n")[1]
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert sent == escaped


def test_a_long_text_becomes_numbered_messages():
    made = messages("word " * 2_000)
    heads = [message["text"].split("\n\n")[0] for message in made]
    assert heads == [f"<b>Morning report</b> ({n}/3)" for n in (1, 2, 3)]
    text = " ".join(message["text"].split("\n\n", 1)[1] for message in made)
    assert text.split() == ["word"] * 2_000


def test_escaping_counts_against_the_limit():
    for message in messages("&" * 5_000 + "😀" * 5_000, task_name="<&>" * 200):
        assert units(message["text"]) <= 4096


def test_code_is_closed_and_opened_again_across_messages():
    made = messages("```python\n" + "x = '<'\n" * 1_500 + "```")
    assert len(made) > 3
    for message in made:
        assert message["text"].count('<pre><code class="language-python">') == 1
        assert message["text"].count("</code></pre>") == 1


def test_no_message_has_more_entities_than_telegram_reads():
    for message in messages("**b** " * 400):
        assert message["text"].count("</") <= 100


@given(
    st.lists(
        st.text(st.sampled_from("a&<>_*[]() \n`|-😀é\u0301"), max_size=3_000),
        max_size=8,
    ).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=300),
)
def test_every_message_keeps_the_limit(content, name):
    for message in messages(content, task_name=name):
        assert 0 < units(message["text"]) <= 4096


UNREADABLE = '{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities: x"}'


def fallback(message, status=400, answer=UNREADABLE):
    instead = get_formatter("telegram").fallback
    assert instead is not None
    return instead(payload(), CHAT, message, status, answer)


def test_markup_that_telegram_cannot_read_is_sent_as_plain_text():
    (message,) = messages("1 < 2 **b** [l](https://x.y/?a&b)")
    plain = fallback(message)
    assert plain == {
        "chat_id": "-100123",
        "text": "Morning report\n\n1 < 2 b l (https://x.y/?a&b)",
        "link_preview_options": {"is_disabled": True},
    }


def test_there_is_no_second_fallback():
    (message,) = messages()
    assert fallback(fallback(message)) is None


def test_other_errors_have_no_fallback():
    (message,) = messages()
    assert (
        fallback(message, answer='{"description":"Bad Request: chat not found"}')
        is None
    )
    assert fallback(message, status=500) is None


def test_the_fallback_keeps_the_limit_too():
    link = "[l](https://example.org/" + "x" * 30 + ") "
    for message in messages(link * 200):
        assert units(fallback(message)["text"]) <= 4096


def read(status, description, **parameters):
    body = json.dumps(
        {"ok": False, "description": description, "parameters": parameters}
    )
    return get_formatter("telegram").read_error(status, {}, body)


def test_a_rate_limit_says_how_long_to_wait():
    hint = read(429, "Too Many Requests: retry after 14", retry_after=14)
    assert (hint.retry_after, hint.permanent) == (14, False)


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: chat not found"),
        (401, "Unauthorized"),
        (404, "Not Found"),
    ],
)
def test_a_chat_that_cannot_be_reached_is_dead(status, description):
    hint = read(status, description)
    assert (hint.dead, hint.permanent, hint.reason) == (True, True, description)


def test_a_group_that_moved_names_its_new_id():
    hint = read(400, "group was upgraded", migrate_to_chat_id=-1009)
    assert hint.permanent
    assert hint.reason.endswith("the new chat_id is -1009")


def test_a_server_error_is_not_permanent():
    hint = read(502, "Bad Gateway")
    assert (hint.permanent, hint.dead) == (False, False)


@pytest.mark.parametrize("answer", ["", "<html>", "[1]", "null"])
def test_an_answer_that_is_not_telegrams_says_nothing(answer):
    assert get_formatter("telegram").read_error(502, {}, answer) is None

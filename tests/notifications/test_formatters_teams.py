from __future__ import annotations

import json

import pytest

from notifications.formatters import FormatConfig, NotificationPayload, get_formatter
from notifications.markup import CardText, card_line, to_card


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
    return get_formatter("teams").messages(payload(*args, **changes), config)


def body(message):
    (attachment,) = message["attachments"]
    return attachment["content"]["body"]


def test_a_result_is_one_card_with_title_text_and_origin():
    (message,) = messages()
    assert message["type"] == "message"
    (attachment,) = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    title, text, origin = card["body"]
    assert title["text"] == "Morning report"
    assert title["weight"] == "bolder"
    assert text == {"type": "TextBlock", "text": "Hello **world**", "wrap": True}
    assert origin["text"] == "morning-report · run r1"
    assert origin["isSubtle"]


def test_a_failure_is_marked_and_its_error_is_code():
    (message,) = messages(None, metadata={"status": "failed", "error": "a *b* <at>"})
    title, error, _origin = body(message)
    assert (title["text"], title["color"]) == ("❌ Morning report", "attention")
    assert error["inlines"] == [
        {"type": "TextRun", "text": "a *b* <\u200dat>", "fontType": "monospace"}
    ]


def test_a_long_text_becomes_numbered_cards_below_the_limit_in_bytes():
    made = messages("Phở bò tái 😀. " * 2_000)
    assert len(made) == 4
    assert body(made[1])[0]["text"] == "Morning report (2/4)"
    sizes = [len(json.dumps(each, ensure_ascii=False).encode()) for each in made]
    assert max(sizes) <= 14_000
    assert min(sizes[:-1]) > 12_000


def test_a_very_long_text_is_ended_with_a_notice():
    made = messages("word " * 100_000)
    assert len(made) == 8
    assert "whole output has 500000 characters" in body(made[-1])[-2]["text"]


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("# Head", "**Head**"),
        ("*i* **b** ~~s~~", "*i* **b** ~~s~~"),
        ("one\ntwo\n\nthree", "one\n\ntwo\n\nthree"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("> q\n> r", "│ q\n\n│ r"),
        ("run `x_y`", "run x\\_y"),
        ("[a_b](https://x.y/(1)?q=a)", "[a\\_b](https://x.y/%281%29?q=a)"),
        ("[a](javascript:x)", "\\[a\\](javascript:x)"),
        ("![chart](https://x.y/i.png)", "[chart](https://x.y/i.png)"),
        ("[l](https://x.y 'why')", "[l (why)](https://x.y)"),
        (r"\# 1\. \- a", r"\# 1. - a"),
        ("1\\. a", "1\\. a"),
        ("\\- a", "\\- a"),
        ("{{DATE(2017-02-14T06:08:00Z)}}", "{\u200d{DATE(2017-02-14T06:08:00Z)}}"),
    ],
)
def test_markdown_is_written_as_cards_read_it(source, made):
    assert to_card(source) == (CardText(made),)


def test_code_and_tables_are_pieces_of_their_own_that_keep_their_spaces():
    source = (
        "before\n\n```py\nif x:\n    y  = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 22 |"
    )
    before, code, table = to_card(source)
    assert before == CardText("before")
    assert code == CardText("if x:\n\u00a0\u00a0\u00a0\u00a0y\u00a0\u00a0= 1", True)
    assert table == CardText("a | b\n--+---\n1 | 22", True)


def test_code_within_a_list_or_a_quote_is_still_code():
    for source in (
        "- a\n\n  ```\n  *x*\n  ```\n- b",
        "> a\n>\n> ```\n> *x*\n> ```\n>\n> b",
    ):
        _a, code, _b = to_card(source)
        assert code == CardText("*x*", True)


def test_a_line_that_is_no_markdown_shows_every_mark():
    assert card_line("*a* [b] #1 <at>") == "\\*a\\* \\[b\\] #1 \\<\u200dat\\>"


def read(status, answer):
    return get_formatter("teams").read_error(status, {}, json.dumps(answer))


def test_a_workflow_that_is_gone_or_off_is_dead():
    for code in ("WorkflowNotFound", "WorkflowTriggerIsNotEnabled"):
        hint = read(404, {"error": {"code": code, "message": "It is off."}})
        assert (hint.dead, hint.permanent, hint.reason) == (True, True, "It is off.")


def test_other_errors_are_told_and_judged_by_their_status():
    hint = read(429, {"error": {"code": "TooManyRequests", "message": ""}})
    assert (hint.dead, hint.permanent, hint.reason) == (False, False, "TooManyRequests")


@pytest.mark.parametrize("answer", ["x", [1], {}, {"error": "x"}])
def test_an_answer_of_another_kind_says_nothing(answer):
    assert read(500, answer) is None

"""What is wrong with a rule is said next to its field; and what a message says of a change."""

from __future__ import annotations

import uuid
from datetime import time

import pytest

from notifications import changes
from notifications.changes import Changes
from notifications.formatters import FORMATTERS, FormatConfig, NotificationPayload
from notifications.formatters.base import body_text
from notifications.models import Webhook
from notifications.result import Previous, Result
from notifications.validation import webhook_errors


def errors_of(**fields):
    return webhook_errors(Webhook(**({"format": "signal_output"} | fields)))


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"condition": "score >"}, "condition", "'the end' at position 7"),
        ({"notify_on": "change", "changed_fields": ["a b"]}, "changed_fields", "a b: 'b' at position 2"),
        ({"notify_on": "change", "changed_fields": "a"}, "changed_fields", "Must be a list of paths"),
        ({"notify_on": "change", "changed_fields": ["a"] * 21}, "changed_fields", "Has 21 paths; at most 20"),
        ({"changed_fields": ["a"]}, "changed_fields", "only when it is told about changes"),
        ({"quiet_from": time(22)}, "quiet_until", "both a beginning and an end"),
        ({"quiet_until": time(7)}, "quiet_from", "both a beginning and an end"),
        ({"quiet_from": time(7), "quiet_until": time(7)}, "quiet_until", "cannot end when they begin"),
        ({"digest_seconds": 59}, "digest_seconds", "Must be 60 to 86400"),
        ({"digest_seconds": 60, "digest_at": time(18)}, "digest_at", "not both"),
        ({"timezone": "Mars/Olympus"}, "timezone", "'Mars/Olympus' is no time zone"),
        ({"digest_at": time(18)}, "digest_at", "takes each result by itself"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_rule_is_said_at_its_field(fields, field, says):
    found = errors_of(**fields)
    assert says in found[field]
    assert set(found) == {field}


def test_a_rule_with_everything_is_right():
    webhook = Webhook(
        format="raw",
        url="https://example.com/",
        notify_on="change",
        changed_fields=["signal.ticker"],
        condition="score > `0.7`",
        quiet_from=time(22),
        quiet_until=time(7),
        digest_seconds=600,
        timezone="Europe/Berlin",
    )
    assert webhook_errors(webhook) == {}


# -- what a message says of a change


def payload(content="Price: 12", **metadata):
    return NotificationPayload(
        task_id="t",
        task_name="T",
        run_id="r",
        user_id="",
        output_type="text",
        content=content,
        metadata={"status": "succeeded"} | metadata,
    )


DIFF = "```diff\n- Price: 10\n+ Price: 12\n```"


def test_chats_show_what_changed_above_the_output():
    assert body_text(payload(diff=DIFF)) == f"## What changed\n\n{DIFF}\n\nPrice: 12"


@pytest.mark.parametrize("said", ["", None, 7, {"a": 1}])
def test_without_a_change_they_show_the_output_alone(said):
    assert body_text(payload(diff=said)) == "Price: 12"


def test_an_output_that_says_itself_what_changed_says_it_once():
    assert body_text(payload(f"It changed.\n\n{DIFF}", diff=DIFF)).count("```diff") == 1


def test_a_failure_shows_its_error_and_no_change():
    shown = body_text(payload("The run failed.", diff=DIFF, status="failed", error="x"))
    assert "What changed" not in shown


def test_programs_get_the_change_apart_from_the_output():
    (body,) = FORMATTERS["raw"].messages(payload(diff=DIFF), FormatConfig())
    assert (body["content"], body["metadata"]["diff"]) == ("Price: 12", DIFF)


def compared(content, before):
    return Result(
        run_id=uuid.uuid4(),
        status="succeeded",
        task_id="t",
        task_name="T",
        user_id="",
        output_type="text",
        content=content,
        text=content,
        prompt="",
        metadata={},
        previous=Previous(status="succeeded", has_output=True, content=before),
    )


def test_a_transaction_compares_only_so_much(monkeypatch):
    monkeypatch.setattr(changes, "_MOST_CHARS", 100)
    told, hook = Changes(), Webhook(notify_on="change")
    large = [told.told_to(hook, compared("a" * 30, "b" * 30)) for _ in range(3)]
    assert [bool(each["diff"]) for each in large] == [True, False, False]

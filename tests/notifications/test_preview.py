"""What a webhook would send, and one real test message."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from werkzeug import Response

from notifications import preview
from notifications.formatters import FormatterError
from notifications.models import Attempt, Delivery, Webhook


def hook(url: str = "https://example.com/hook", **fields: Any) -> Webhook:
    return Webhook(**({"name": "ops", "url": url} | fields))


def test_each_built_in_format_shows_a_body_for_the_sample():
    for name, fields in {
        "raw": {},
        "discord": {},
        "slack": {},
        "telegram": {"chat_id": "-100"},
        "template": {"body_template": {"text": "{{content}}"}},
        "signal_output": {},
    }.items():
        bodies = preview.bodies(hook(format=name, **fields), preview.sample_payload())
        assert len(bodies) == 1, name
        assert "FPT" in json.dumps(bodies, default=str), name


def test_a_long_output_shows_all_its_messages():
    payload = preview.sample_payload() | {"content": "word " * 2_000}
    assert len(preview.bodies(hook(format="discord"), payload)) == 3


def test_a_preview_needs_no_url():
    assert preview.bodies(hook("", format="raw"), preview.sample_payload())


@pytest.mark.parametrize(
    ("format", "field"), [("telegram", "chat_id"), ("template", "body_template"), ("nope", "format")]
)  # fmt: skip
def test_a_wrong_setting_is_named(format, field):
    with pytest.raises(FormatterError) as caught:
        preview.bodies(hook(format=format), preview.sample_payload())
    assert caught.value.field == field


def test_a_preview_of_a_signal_output_is_its_row():
    (row,) = preview.bodies(hook("", format="signal_output"), preview.sample_payload())
    assert {"task_name", "ticker", "event_type", "content"} <= set(row)


def test_the_variables_of_a_template_are_those_of_every_run():
    assert {"content", "task_name", "run_id", "status"} <= set(
        preview.sample_variables()
    )


def test_a_test_message_arrives_says_what_it_is_and_is_not_stored(db, receiver):
    url = receiver.answers(Response("thanks", status=201))
    result = preview.send_test(hook(url, headers={"X-Key": "H3ADERSECRET"}))
    assert (result.arrived, result.status, result.answer) == (True, 201, "thanks")
    assert (result.reason, result.in_doubt) == ("", False)
    (body,) = receiver.bodies
    assert "test message" in body["content"]
    assert receiver.requests[0].headers["X-Key"] == "H3ADERSECRET"
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_secrets_that_the_receiver_echoes_are_masked(receiver):
    url = receiver.answers(Response("you sent H3ADERSECRET", status=400))
    result = preview.send_test(hook(url, headers={"X-Key": "H3ADERSECRET"}))
    assert result.answer == "you sent ***"
    assert not result.arrived


def test_the_reason_is_the_receivers_own_words(receiver):
    answer = {"message": "Unknown Webhook", "code": 10015}
    url = receiver.answers(Response(json.dumps(answer), status=404))
    result = preview.send_test(hook(url, format="discord"))
    assert (result.status, result.reason) == (404, "Unknown Webhook")


def test_nobody_there_is_said_in_words(refusing_url):
    result = preview.send_test(hook(refusing_url))
    assert (result.arrived, result.status, result.in_doubt) == (False, None, False)
    assert "connection" in result.reason
    assert "secret" not in result.reason


def test_a_silent_receiver_ends_within_its_own_limit(silent_url, monkeypatch):
    monkeypatch.setattr(preview, "TEST_SECONDS", 0.3)
    started = time.monotonic()
    result = preview.send_test(hook(silent_url))
    assert result.in_doubt
    assert time.monotonic() - started < 5


def test_a_private_address_is_not_called():
    result = preview.send_test(hook("http://127.0.0.1:9/hook"))
    assert not result.arrived
    assert "127.0.0.1" in result.reason


def test_a_format_without_http_is_not_tested():
    with pytest.raises(FormatterError):
        preview.send_test(hook("", format="signal_output"))

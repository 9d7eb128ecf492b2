"""What is wrong with a webhook is said by field, before it is saved."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from notifications.formatters import FORMATTERS
from notifications.formatters.base import Formatter, FormatterError
from notifications.models import Webhook
from notifications.transport import OWN_HEADERS
from notifications.validation import webhook_errors

URL = "https://8.8.8.8/hook"  # needs no name server


def errors_of(**fields):
    return webhook_errors(Webhook(**({"url": URL} | fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"format": "discord"},
        {"format": "slack", "options": {"max_messages": 3}},
        {"format": "teams"},
        {"format": "google_chat"},
        {"format": "telegram", "chat_id": "-100"},
        {"format": "template", "body_template": {"text": "{{content}}"}},
        {"format": "signal_output", "url": ""},
        {"headers": {"Authorization": "Bearer abc", "X-Trace": ""}},
    ],
)
def test_a_webhook_that_works_has_no_errors(fields):
    assert errors_of(**fields) == {}


def test_an_unknown_format_lists_those_there_are():
    assert "'pigeon' is no format: choose one of raw" in errors_of(format="pigeon")["format"]  # fmt: skip


def test_a_url_is_needed_by_the_formats_that_post():
    assert "needs the receiver's URL" in errors_of(url="", format="slack")["url"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com/hook",
        "http://user:pass@8.8.8.8/",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://169.254.169.254/latest/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://8.8.8.8:99999/",
        "http://8.8.8.8/a b",
    ],
)
def test_a_url_that_must_not_be_called_is_refused(url):
    assert errors_of(url=url).keys() == {"url"}


@pytest.mark.parametrize("name", ["allowed_origins", "internal_origins"])
def test_an_origin_that_is_allowed_may_be_private(configure, name):
    configure("NOTIFICATIONS", **{name: ("http://127.0.0.1:8000",)})
    assert errors_of(url="http://127.0.0.1:8000/v2/ingest") == {}
    assert errors_of(url="http://127.0.0.1:8001/v2/ingest").keys() == {"url"}


@pytest.mark.parametrize(
    "name",
    [
        *sorted(OWN_HEADERS),
        "Host",
        "Webhook-Id",
        "webhook-Timestamp",
        "Webhook-Signature",
    ],
)
def test_a_header_that_backbeat_sets_is_refused(name):
    expected = f"{name!r} is set by Backbeat itself."
    assert errors_of(headers={name: "x"}) == {"headers": expected}


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "one\r\nX-B: two"},
        {"X-A\r\nX-B": "one"},
        {"X A": "one"},
        {"": "one"},
        {"X-A": "sáng"},
        {"X-A": 1},
        {"X-A": None},
        ["X-A"],
        "X-A: one",
    ],
)
def test_headers_that_cannot_be_sent_are_refused(headers):
    assert errors_of(headers=headers).keys() == {"headers"}


def test_a_header_value_is_never_repeated_in_an_error():
    assert "s3cret" not in errors_of(headers={"X-A": "s3cret\n"})["headers"]


def test_telegram_needs_a_chat():
    assert "chat_id" in errors_of(format="telegram")


@pytest.mark.parametrize(
    "template", [None, [1], {"text": "{{content"}, {"text": "{{content.upper}}"}]
)
def test_a_template_that_cannot_be_filled_is_refused(template):
    errors = errors_of(format="template", body_template=template)
    assert errors.keys() == {"body_template"}


def test_every_error_is_told_at_once():
    errors = errors_of(format="telegram", url="ftp://x/", headers=[])
    assert errors.keys() == {"url", "headers", "chat_id"}


def test_an_error_of_a_guest_about_no_field_is_shown_at_the_format(monkeypatch):
    def refuse(config):
        raise FormatterError("pager", "is not possible")

    guest = Formatter(
        name="guest", label="G", fn=lambda p, c: {}, deduplicates=True, check_config=refuse
    )  # fmt: skip
    monkeypatch.setitem(FORMATTERS, "guest", guest)
    assert errors_of(format="guest") == {"format": "pager: is not possible"}


@pytest.mark.parametrize(
    ("format", "options", "error"),
    [
        ("slack", {"max_mesages": 3}, "max_mesages: no such option; there are: max_messages"),
        ("raw", {"max_messages": 3}, "max_messages: no such option; this format has none"),
        ("teams", {"max_messages": 0}, "max_messages: 0 is not possible; give a number from 1 to 200"),
        ("discord", {"max_messages": True}, "max_messages: True is not possible"),
        ("google_chat", ["max_messages"], "Must be a JSON object"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_named(format, options, error):
    errors = errors_of(format=format, options=options)
    assert errors.keys() == {"options"}
    assert errors["options"].startswith(error)


def test_a_guest_says_itself_what_its_options_are(monkeypatch):
    guest = Formatter(name="guest", label="G", fn=lambda p, c: {}, deduplicates=True)
    monkeypatch.setitem(FORMATTERS, "guest", guest)
    assert errors_of(format="guest", options={"anything": 1}) == {}


def test_a_model_that_is_cleaned_raises_by_field(db):
    with pytest.raises(ValidationError) as raised:
        Webhook(url="ftp://example.com/").full_clean()
    assert raised.value.message_dict.keys() == {"url"}


@pytest.mark.django_db
def test_an_unknown_rule_is_refused():
    with pytest.raises(ValidationError) as raised:
        Webhook(url=URL, notify_on="sometimes").full_clean()
    assert raised.value.message_dict.keys() == {"notify_on"}


@pytest.mark.parametrize(("active", "reason"), [(True, ""), (False, "410 Gone")])
def test_switching_a_webhook_on_forgets_why_it_was_off(db, active, reason):
    webhook = Webhook(url=URL, active=active, disabled_reason="410 Gone")
    webhook.full_clean()
    assert webhook.disabled_reason == reason

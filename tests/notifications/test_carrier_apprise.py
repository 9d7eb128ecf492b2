"""The format `apprise`: whatever that library knows, when it is allowed at all."""

from __future__ import annotations

import logging

import pytest

from notifications import preview, sender
from notifications.models import Delivery, Webhook
from notifications.validation import webhook_errors

# Of modules that the library imports when it looks for its services.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Status = Delivery.Status


@pytest.fixture
def url(receiver, configure) -> str:
    """An Apprise URL that leads to the receiver; the last part of its path is secret."""
    configure("NOTIFICATIONS", apprise=True)
    return f"json://{receiver.origin.removeprefix('http://')}/s3cr3tt0ken"


def deliver(owed, url: str, **fields) -> Delivery:
    delivery: Delivery = owed(url, "apprise", **fields)
    sender.deliver([delivery.id])
    delivery.refresh_from_db()
    return delivery


def test_title_and_text_arrive(receiver, url, owed):
    receiver.answers(200, path="/s3cr3tt0ken")
    delivery = deliver(owed, url, content="**Up** @everyone")
    assert delivery.status == Status.DELIVERED
    (body,) = receiver.bodies
    assert body["title"] == "Morning report"
    assert "**Up**" in body["message"]
    assert "@everyone" not in body["message"]
    assert delivery.attempts.get().succeeded


def test_what_it_could_not_deliver_is_tried_again_and_no_secret_is_told(
    receiver, url, owed, caplog
):
    receiver.answers(500, path="/s3cr3tt0ken")
    with caplog.at_level(logging.DEBUG):
        delivery = deliver(owed, url)
    assert delivery.status == Status.PENDING
    assert "Apprise could not deliver it" in delivery.error
    attempt = delivery.attempts.get()
    assert attempt.status_code is None
    ours = [each.getMessage() for each in caplog.records if each.name != "werkzeug"]
    assert "s3cr3tt0ken" not in delivery.error + attempt.response + "".join(ours)


def test_a_silence_leaves_a_doubt(silent_url, owed, configure):
    configure("NOTIFICATIONS", apprise=True, total_seconds=0.3)
    delivery = deliver(owed, silent_url.replace("http://", "json://"))
    assert delivery.status == Status.UNKNOWN


def test_it_is_off_until_the_installation_allows_it(receiver, url, owed, configure):
    configure("NOTIFICATIONS", apprise=False)
    delivery = deliver(owed, url)
    assert delivery.status == Status.FAILED
    assert "NOTIFICATIONS_APPRISE" in delivery.error
    assert not receiver.requests


@pytest.mark.parametrize("url", ["", "nonsense", "foo://bar", "tgram://s3cr3t/1"])
def test_a_url_that_apprise_does_not_know_is_refused_unrepeated(configure, url):
    configure("NOTIFICATIONS", apprise=True)
    errors = webhook_errors(Webhook(format="apprise", url=url))
    assert errors.keys() == {"url"}
    assert "s3cr3t" not in errors["url"]


def test_a_missing_library_is_named(configure, monkeypatch):
    configure("NOTIFICATIONS", apprise=True)
    monkeypatch.setattr("notifications.reach.find_spec", lambda name: None)
    errors = webhook_errors(Webhook(format="apprise", url="ntfy://topic"))
    assert "backbeat[apprise]" in errors["url"]


def test_only_the_service_of_its_url_is_shown():
    assert Webhook(format="apprise", url="tgram://123:abc/45").masked_url == "tgram://…"


def test_a_very_long_text_is_cut_with_a_notice():
    payload = preview.sample_payload() | {"content": "word " * 20_000}
    hook = Webhook(format="apprise", url="ntfy://topic")
    (body,) = preview.bodies(hook, payload)
    assert len(body["body"]) < 33_000
    assert "Cut here: the whole output has 100000 characters" in body["body"]

"""One delivery, one try: what is sent, to whom, with which headers, and what is kept."""

from __future__ import annotations

import json
import uuid

import pytest
from cryptography.fernet import Fernet
from django.db import OperationalError
from werkzeug import Response

from notifications import lifecycle, sender
from notifications.formatters import FORMATTERS
from notifications.formatters.base import Formatter
from notifications.models import Attempt, Delivery, Webhook
from notifications.sender import deliver
from signals.models import SignalOutput
from tests.factories import make_delivery
from tests.notifications.conftest import claim, make_owed
from tests.threads import at_once, in_thread

HOSTILE = (
    '@everyone <!channel> <@U1> "},{"x":"\\ [b](javascript:alert(1)) ``` _*[ '
    "<script>alert(1)</script><img src=x onerror=y> {{task_id}} \u2028 😀"
)
WITH_URL = ["raw", "discord", "slack", "telegram", "template"]


def guest(fn, name="guest"):
    """A format that somebody else has registered."""
    return Formatter(name=name, label="Guest", fn=fn, deduplicates=True)


def test_a_delivery_arrives_with_the_payload_under_its_own_id(receiver, owed):
    delivery = owed(receiver.answers(200))
    assert deliver([delivery.id]) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("delivered", 1)
    assert delivery.finished_at is not None
    assert receiver.bodies == [delivery.payload]
    assert receiver.ids == [str(delivery.id)]
    assert receiver.requests[0].content_type == "application/json"


def test_an_attempt_keeps_what_was_sent_and_answered(receiver, owed):
    delivery = owed(receiver.answers(Response("thanks", status=202)))
    deliver([delivery.id])
    attempt = delivery.attempts.get()
    assert (attempt.number, attempt.part, attempt.trigger) == (1, 1, "scheduled")
    assert (attempt.status_code, attempt.response, attempt.error) == (202, "thanks", "")
    assert "VN-Index" in attempt.request_body
    assert attempt.succeeded


def test_ringing_twice_sends_once(receiver, owed):
    delivery = owed(receiver.answers(200))
    assert [deliver([delivery.id, delivery.id]), deliver([delivery.id])] == [1, 0]
    assert len(receiver.requests) == 1


def test_eight_senders_rung_at_once_send_once(receiver, shared_database):
    url = receiver.answers(200)
    delivery = in_thread(lambda: make_owed(url))
    taken = at_once(lambda: deliver([delivery.id]), 8)
    assert sum(taken) == len(receiver.requests) == 1
    assert in_thread(Attempt.objects.count) == 1


def test_a_delivery_whose_time_has_not_come_is_left(receiver, owed):
    delivery = owed(receiver.answers(200), next_attempt_at="2999-01-01T00:00Z")
    assert deliver([delivery.id]) == 0
    assert receiver.requests == []


def test_nobody_leases_a_delivery_while_others_are_being_sent(
    receiver, owed, monkeypatch
):
    seen = []

    def look(payload, config):
        seen.append(Delivery.objects.filter(status="sending").count())
        return payload.as_dict()

    monkeypatch.setitem(FORMATTERS, "guest", guest(look))
    url = receiver.answers(200)
    assert deliver([owed(url, "guest").id for _ in range(3)]) == 3
    assert seen == [1, 1, 1]


@pytest.mark.parametrize("name", WITH_URL)
def test_hostile_output_stays_inside_the_strings_of_valid_json(receiver, owed, name):
    delivery = owed(receiver.answers(200), name, content=HOSTILE)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "delivered"
    (body,) = receiver.bodies
    assert isinstance(body, dict)
    assert "x" not in body


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("discord", ["@everyone", "<@U1>"]),
        ("slack", ["<!channel>", "<@U1>"]),
        ("telegram", ["<script", "<img", "<!channel>"]),
    ],
)
def test_hostile_output_pings_nobody(receiver, owed, name, live):
    deliver([owed(receiver.answers(200), name, content=HOSTILE).id])
    sent = json.dumps(receiver.bodies[0], ensure_ascii=False)
    assert [each for each in live if each in sent] == []


def test_discord_is_told_to_mention_nobody(receiver, owed):
    deliver([owed(receiver.answers(200), "discord", content=HOSTILE).id])
    assert receiver.bodies[0]["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("name", WITH_URL)
def test_the_internal_key_goes_to_internal_origins_alone(
    receiver, owed, configure, name
):
    elsewhere = "http://127.0.0.1:9"
    configure("NOTIFICATIONS", internal_api_keys=("k1",), internal_origins=(elsewhere,))
    deliver([owed(receiver.answers(200), name).id])
    assert "X-Api-Key" not in receiver.requests[0].headers


def test_the_first_internal_key_goes_to_an_internal_origin(receiver, owed, configure):
    configure(
        "NOTIFICATIONS",
        allowed_origins=(),
        internal_api_keys=("k1", "k2"),
        internal_origins=(receiver.origin,),
    )
    ingest = receiver.answers(200, path="/v2/signal-outputs/ingest")
    deliver([owed(ingest).id])
    assert receiver.requests[0].headers["X-Api-Key"] == "k1"


def test_no_other_path_of_an_internal_origin_gets_the_key(receiver, owed, configure):
    configure(
        "NOTIFICATIONS",
        allowed_origins=(),
        internal_api_keys=("k1",),
        internal_origins=(receiver.origin,),
    )
    deliver([owed(receiver.answers(200, path="/v2/signal-outputs/claim")).id])
    assert "X-Api-Key" not in receiver.requests[0].headers


def test_an_echoed_secret_is_not_kept(receiver, owed):
    echo = Response("you sent Bearer hook-SECRET-99", status=400)
    headers = {"Authorization": "Bearer hook-SECRET-99"}
    delivery = owed(receiver.answers(echo), webhook={"headers": headers})
    deliver([delivery.id])
    attempt = delivery.attempts.get()
    delivery.refresh_from_db()
    assert "SECRET" not in attempt.response + attempt.error + delivery.error
    assert "***" in attempt.response


def test_an_echoed_piece_of_the_url_is_not_kept(receiver, owed):
    echo = Response(
        '{"hook": "long-SECRET-in-the-path", "args": "SECRET-1"}', status=400
    )
    url = receiver.answers(echo, path="/hooks/long-SECRET-in-the-path")
    delivery = owed(f"{url}?token=SECRET-1")
    deliver([delivery.id])
    assert delivery.attempts.get().response == '{"hook": "***", "args": "***"}'


def test_a_webhooks_headers_are_sent_and_cannot_forge_the_id(receiver, owed):
    headers = {"Authorization": "Bearer t", "webhook-id": "forged"}
    delivery = owed(receiver.answers(200), webhook={"headers": headers})
    deliver([delivery.id])
    sent = receiver.requests[0].headers
    assert sent["Authorization"] == "Bearer t"
    assert sent.getlist("Webhook-Id") == [str(delivery.id)]


def test_a_redirect_is_a_failure_and_not_followed(receiver, owed):
    there = Response(status=302, headers={"Location": receiver.answers(200, path="/b")})
    delivery = owed(receiver.answers(there))
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, len(receiver.requests)) == ("failed", 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda hook: hook.delete(), "Its webhook was deleted."),
        (
            lambda hook: Webhook.objects.filter(id=hook.id).update(active=False),
            "Its webhook is switched off.",
        ),
    ],
)
def test_what_is_owed_to_a_webhook_that_went_is_cancelled(
    receiver, owed, change, words
):
    delivery = owed(receiver.answers(200))
    change(delivery.webhook)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.error) == ("cancelled", words)
    assert (delivery.attempts_made, receiver.requests) == (0, [])


def test_a_webhook_deleted_just_after_the_claim_cancels_too(receiver, owed):
    delivery = owed(receiver.answers(200))
    claimed = claim(delivery)
    delivery.webhook.delete()
    sender._send(claimed)
    delivery.refresh_from_db()
    assert (delivery.status, receiver.requests) == ("cancelled", [])


def test_a_wrong_encryption_key_fails_that_delivery_alone(receiver, owed, settings):
    unreadable = owed(receiver.answers(200))
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    fine = owed(receiver.answers(200))
    deliver([unreadable.id, fine.id])
    unreadable.refresh_from_db()
    fine.refresh_from_db()
    assert (unreadable.status, fine.status) == ("failed", "delivered")
    assert "FIELD_ENCRYPTION_KEYS" in unreadable.error
    assert receiver.ids == [str(fine.id)]


def test_an_unknown_format_fails_in_words(owed):
    delivery = owed("https://example.com/", "pigeon")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "failed"
    assert "'pigeon' is not known; there are: raw" in delivery.error


def test_a_guests_format_that_breaks_fails_that_delivery_alone(
    receiver, owed, monkeypatch
):
    monkeypatch.setitem(FORMATTERS, "guest", guest(lambda payload, config: 1 / 0))
    broken, fine = owed(receiver.answers(200), "guest"), owed(receiver.answers(200))
    deliver([broken.id, fine.id])
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.status, fine.status) == ("failed", "delivered")
    assert broken.error == "ZeroDivisionError: division by zero"


def test_a_database_that_is_away_fails_no_delivery(receiver, owed, monkeypatch):
    def away(payload, config):
        raise OperationalError("server closed the connection")

    monkeypatch.setitem(FORMATTERS, "guest", guest(away))
    delivery = owed(receiver.answers(200), "guest")
    with pytest.raises(OperationalError):
        deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "sending"


@pytest.mark.parametrize("name", ["raw", "discord"])
def test_whatever_a_receiver_answers_can_be_stored(receiver, owed, name):
    answer = '{"message": "a\\u0000b\\ud800' + "x" * 9_000 + '"}\x00'
    delivery = owed(receiver.answers(Response(answer, status=500)), name)
    deliver([delivery.id])
    delivery.refresh_from_db()
    attempt = delivery.attempts.get()
    assert (delivery.status, attempt.status_code) == ("pending", 500)
    assert len(attempt.response) <= 2_000
    assert len(delivery.error) <= 2_000
    assert not {"\x00", "\ud800"} & set(attempt.response + attempt.error)


def test_an_attempt_takes_no_negative_time_when_the_clock_is_set_back(
    receiver, owed, monkeypatch
):
    delivery = owed(receiver.answers(200))
    now = delivery.next_attempt_at
    ticks = iter([now, now, now] + [now.replace(year=2020)] * 9)
    monkeypatch.setattr("django.utils.timezone.now", lambda: next(ticks))
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_a_signal_output_is_one_row_without_http(owed):
    delivery = owed(format="signal_output")
    deliver([delivery.id])
    delivery.refresh_from_db()
    signal = SignalOutput.objects.get()
    assert (delivery.status, delivery.attempts.count()) == ("delivered", 0)
    assert (signal.task_id, signal.content) == ("morning-report", "VN-Index +1.2 %")


def test_a_signal_output_settled_twice_is_one_row(owed):
    delivery = owed(format="signal_output")
    claimed = claim(delivery)
    sender._send(claimed)
    sender._send(claimed)
    lifecycle.reopen(delivery)
    deliver([delivery.id])
    assert SignalOutput.objects.count() == 1


def test_a_sender_that_lost_its_lease_stores_no_signal_output(owed):
    stale = claim(owed(format="signal_output"))
    Delivery.objects.update(lease_token=uuid.uuid4())
    sender._send(stale)
    assert SignalOutput.objects.count() == 0


def test_a_signal_output_raced_by_eight_senders_is_one_row(shared_database):
    delivery = in_thread(lambda: make_owed(format="signal_output"))
    claimed = in_thread(lambda: claim(delivery))
    at_once(lambda: sender._send(claimed), 8)
    assert in_thread(SignalOutput.objects.count) == 1


def test_a_signal_output_that_cannot_be_stored_fails_in_words(owed):
    delivery = owed(format="signal_output")
    delivery.payload["metadata"] = {"event_date": "tomorrow"}
    delivery.save()
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, SignalOutput.objects.count()) == ("failed", 0)
    assert "event_date" in delivery.error


def test_a_run_tells_each_of_its_webhooks_once(receiver, owed):
    first = owed(receiver.answers(200))
    second = make_delivery(
        Webhook.objects.create(url=receiver.answers(200)), run_id=first.run_id
    )
    deliver([first.id, second.id])
    assert sorted(receiver.ids) == sorted([str(first.id), str(second.id)])

"""A result that takes several messages, and a message that has to be sent in plain text."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from werkzeug import Response

from notifications import lifecycle, sender
from notifications.models import Attempt, Delivery
from notifications.sender import deliver
from tests.notifications.conftest import claim

THREE_PARTS = "word " * 2_000
BAD_MARKUP = Response(
    '{"ok": false, "description": "Bad Request: can\'t parse entities"}', status=400
)


def numbers(receiver):
    """Which of the messages each request was, by its title: "(2/3)"."""
    titles = [body["embeds"][0]["title"] for body in receiver.bodies]
    return [title.rpartition(" ")[2] for title in titles]


def try_now(delivery):
    """Let its time come, and send."""
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now())
    deliver([delivery.id])
    delivery.refresh_from_db()


def test_each_message_has_an_id_of_its_own(receiver, owed):
    delivery = owed(receiver.answers(204), "discord", content=THREE_PARTS)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.parts_sent) == ("delivered", 3)
    assert numbers(receiver) == ["(1/3)", "(2/3)", "(3/3)"]
    own = str(delivery.id)
    assert receiver.ids == [own, f"{own}.2", f"{own}.3"]
    assert list(delivery.attempts.values_list("part", flat=True)) == [1, 2, 3]


def test_a_failure_in_the_middle_goes_on_at_that_message(receiver, owed):
    url = receiver.answers(204, 500, 204)
    delivery = owed(url, "discord", content=THREE_PARTS)
    try_now(delivery)
    assert (delivery.status, delivery.parts_sent) == ("pending", 1)
    try_now(delivery)
    assert delivery.status == "delivered"
    assert numbers(receiver) == ["(1/3)", "(2/3)", "(2/3)", "(3/3)"]


def test_each_message_has_all_tries_before_it(receiver, owed, configure):
    configure("NOTIFICATIONS", allowed_origins=(receiver.origin,), max_attempts=2)
    url = receiver.answers(429, 204, 429, 204, 429, 204)
    delivery = owed(url, "discord", content=THREE_PARTS)
    for _ in range(4):
        try_now(delivery)
    assert delivery.status == "delivered"


def test_a_message_of_a_chat_in_doubt_is_where_a_replay_goes_on(
    receiver, owed, silent_url, configure
):
    origins = (receiver.origin, silent_url.removesuffix("/bot123:secret/hook"))
    configure("NOTIFICATIONS", allowed_origins=origins, total_seconds=0.5)
    delivery = owed(receiver.answers(204), "discord", content=THREE_PARTS)
    claimed = claim(delivery)
    claimed.parts_sent = 1
    Delivery.objects.filter(id=delivery.id).update(parts_sent=1)
    delivery.webhook.url = silent_url
    delivery.webhook.save()
    sender._send(claimed)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.parts_sent) == ("unknown", 1)
    delivery.webhook.url = receiver.origin + "/hook"
    delivery.webhook.save()
    lifecycle.reopen(delivery)
    deliver([delivery.id])
    assert numbers(receiver) == ["(2/3)", "(3/3)"]


def test_a_sender_that_lost_its_lease_stops_before_the_next_message(receiver, owed):
    delivery = owed(receiver.answers(204), "discord", content=THREE_PARTS)
    stale = claim(delivery)
    Delivery.objects.filter(id=delivery.id).update(lease_token=uuid.uuid4())
    sender._send(stale)
    delivery.refresh_from_db()
    assert (len(receiver.requests), delivery.parts_sent) == (1, 0)
    assert delivery.attempts.count() == 0


def test_each_message_that_arrives_extends_the_lease(owed):
    claimed = claim(owed(format="discord", attempts_made=3))
    Delivery.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    attempt = Attempt(delivery=claimed, number=1, started_at=timezone.now())
    assert lifecycle.progress(claimed, attempt, arrived=True)
    assert lifecycle.take_over(timezone.now()) == 0
    row = Delivery.objects.get()
    assert (row.status, row.parts_sent, row.attempts_made) == ("sending", 1, 0)


def test_a_result_that_takes_fewer_messages_now_has_arrived(receiver, owed):
    delivery = owed(receiver.answers(204), "discord", content="short", parts_sent=2)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, receiver.requests) == ("delivered", [])


def test_telegram_gets_plain_text_when_it_cannot_read_the_markup(receiver, owed):
    delivery = owed(receiver.answers(BAD_MARKUP, 200), "telegram", content="**a_b**")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("delivered", 1)
    assert ["parse_mode" in body for body in receiver.bodies] == [True, False]
    assert list(delivery.attempts.values_list("status_code", flat=True)) == [400, 200]


def test_plain_text_is_tried_once(receiver, owed):
    delivery = owed(receiver.answers(BAD_MARKUP), "telegram")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, len(receiver.requests)) == ("failed", 2)


def test_another_refusal_of_telegram_is_not_sent_as_plain_text(receiver, owed):
    answer = Response('{"ok": false, "description": "Bad Request"}', status=400)
    delivery = owed(receiver.answers(answer), "telegram")
    deliver([delivery.id])
    assert len(receiver.requests) == 1


def test_a_sender_that_lost_its_lease_sends_no_plain_text(receiver, owed):
    delivery = owed(receiver.answers(BAD_MARKUP, 200), "telegram")
    stale = claim(delivery)
    Delivery.objects.filter(id=delivery.id).update(lease_token=uuid.uuid4())
    sender._send(stale)
    assert len(receiver.requests) == 1
    assert delivery.attempts.count() == 0


@pytest.mark.parametrize("status", [500, 429])
def test_plain_text_that_may_pass_later_is_tried_again(receiver, owed, status):
    delivery = owed(receiver.answers(BAD_MARKUP, status), "telegram")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("pending", 1)

"""What the answer decides: try again and when, give up, or leave it to a person."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from werkzeug import Response

from notifications.backoff import LADDER, MAX_RETRY_AFTER
from notifications.models import Delivery, Webhook
from notifications.sender import deliver
from tests.factories import make_delivery

FIRST_WAIT = LADDER[0]
CHATS = ["discord", "slack", "telegram"]


def try_now(delivery):
    """Let its time come, and send."""
    Delivery.objects.filter(id=delivery.id).update(next_attempt_at=timezone.now())
    deliver([delivery.id])
    delivery.refresh_from_db()


def too_many(body="", **headers):
    return Response(
        body, status=429, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def wait_after(delivery):
    """Seconds that the sender put `delivery` off by, as of now."""
    delivery.refresh_from_db()
    assert delivery.status == "pending"
    return (delivery.next_attempt_at - timezone.now()).total_seconds()


@pytest.fixture
def breaking_off(configure):
    """`breaking_off(data)`: the URL of a receiver that sends this much and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    configure("NOTIFICATIONS", allowed_origins=(origin,))
    threads = []

    def start(data):
        def serve():
            link, _ = listener.accept()
            with link:
                link.recv(65536)
                link.sendall(data)

        threads.append(threading.Thread(target=serve))
        threads[0].start()
        return f"{origin}/hook"

    yield start
    for each in threads:
        each.join(10)
    listener.close()


def test_two_errors_and_a_success_are_three_attempts_under_one_id(receiver, owed):
    delivery = owed(receiver.answers(500, 500, 200))
    for _ in range(3):
        try_now(delivery)
    assert (delivery.status, delivery.attempts_made) == ("delivered", 3)
    assert receiver.ids == [str(delivery.id)] * 3
    assert list(delivery.attempts.values_list("number", "status_code")) == [
        (1, 500),
        (2, 500),
        (3, 200),
    ]
    assert delivery.error == ""


def test_an_attempt_is_never_changed_by_the_next(receiver, owed):
    delivery = owed(receiver.answers(Response("first", status=500), 200))
    try_now(delivery)
    first = delivery.attempts.values().get()
    try_now(delivery)
    assert delivery.attempts.filter(id=first["id"]).values().get() == first


def test_a_delivery_that_waits_is_not_sent_early(receiver, owed):
    delivery = owed(receiver.answers(500))
    assert [deliver([delivery.id]), deliver([delivery.id])] == [1, 0]


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("90", 85, 90 + 5),
        ("90.5", 85, 90.5 + 5),
        ("999999999", MAX_RETRY_AFTER - 5, MAX_RETRY_AFTER + 5),
        ("1", 0, 1.1),
        ("soon", FIRST_WAIT - 3, FIRST_WAIT * 1.2),
        (None, FIRST_WAIT - 3, FIRST_WAIT * 1.2),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_to_within_reason(
    receiver, owed, header, least, most
):
    headers = {} if header is None else {"Retry_After": header}
    delivery = owed(receiver.answers(too_many(**headers)))
    deliver([delivery.id])
    assert least <= wait_after(delivery) <= most


def test_a_wait_until_a_date_is_kept_to(receiver, owed):
    until = timezone.now() + timedelta(minutes=30)
    answer = too_many(Retry_After=format_datetime(until, usegmt=True))
    delivery = owed(receiver.answers(answer))
    deliver([delivery.id])
    assert 1790 <= wait_after(delivery) <= 1800 + 5


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("discord", {"message": "slow down", "retry_after": 64.57, "global": False}),
        ("telegram", {"ok": False, "parameters": {"retry_after": 64}}),
    ],
)
def test_a_wait_in_the_vendors_json_outranks_the_header(receiver, owed, name, body):
    answer = too_many(json.dumps(body), Retry_After="7200")
    delivery = owed(receiver.answers(answer), name)
    deliver([delivery.id])
    assert 60 <= wait_after(delivery) <= 65 + 5


def test_a_webhook_that_throttles_holds_up_no_other(receiver, owed):
    throttled = owed(receiver.answers(too_many(Retry_After="3600")))
    fine = owed(receiver.answers(200, path="/fine"))
    deliver([throttled.id, fine.id])
    fine.refresh_from_db()
    assert fine.status == "delivered"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422])
def test_a_refusal_is_final_at_once_and_leaves_the_webhook_on(receiver, owed, status):
    delivery = owed(receiver.answers(status))
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("failed", 1)
    assert delivery.error == f"The receiver answered {status}."
    assert delivery.webhook.active


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("name", ["raw", "discord"])
def test_what_may_pass_is_tried_again(receiver, owed, name, status):
    delivery = owed(receiver.answers(status), name)
    deliver([delivery.id])
    assert wait_after(delivery) > 0


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("raw", 410, ""),
        ("slack", 410, "channel_is_archived"),
        ("discord", 404, '{"message": "Unknown Webhook", "code": 10015}'),
        ("telegram", 404, '{"ok": false, "description": "Not Found"}'),
        ("telegram", 403, '{"ok": false, "description": "bot was blocked"}'),
    ],
)
def test_a_dead_endpoint_is_switched_off_and_says_why(
    receiver, owed, name, status, body
):
    delivery = owed(receiver.answers(Response(body, status=status)), name)
    deliver([delivery.id])
    delivery.refresh_from_db()
    webhook = Webhook.objects.get()
    assert (delivery.status, webhook.active) == ("failed", False)
    assert webhook.disabled_reason == delivery.error != ""


def test_what_else_is_owed_to_a_dead_endpoint_is_cancelled(receiver, owed):
    first = owed(receiver.answers(410))
    second = make_delivery(first.webhook)
    deliver([first.id])
    deliver([second.id])
    second.refresh_from_db()
    assert (second.status, len(receiver.requests)) == ("cancelled", 1)


def test_the_last_try_fails(receiver, owed, configure):
    configure("NOTIFICATIONS", allowed_origins=(receiver.origin,), max_attempts=2)
    delivery = owed(receiver.answers(503))
    try_now(delivery)
    try_now(delivery)
    assert (delivery.status, delivery.attempts_made) == ("failed", 2)
    assert delivery.error == "The receiver answered 503."


def test_silence_is_tried_again_where_the_receiver_knows_the_id(silent_url, owed):
    delivery = owed(silent_url)
    deliver([delivery.id])
    assert wait_after(delivery) > 0
    assert "no full answer within 0.2 s" in delivery.error


@pytest.mark.parametrize("name", CHATS)
def test_silence_of_a_chat_is_left_to_a_person(silent_url, owed, name):
    delivery = owed(silent_url, name)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts.count()) == ("unknown", 1)
    assert delivery.error.startswith("It may have arrived: http://127.0.0.1")


@pytest.mark.parametrize("name", ["raw", *CHATS])
def test_a_refused_connection_is_tried_again_for_chats_too(refusing_url, owed, name):
    delivery = owed(refusing_url, name)
    deliver([delivery.id])
    assert wait_after(delivery) > 0
    assert "connection refused" in delivery.error


@pytest.mark.parametrize("name", ["raw", *CHATS])
def test_no_error_holds_the_path_of_the_url(refusing_url, owed, name):
    delivery = owed(refusing_url, name)
    deliver([delivery.id])
    delivery.refresh_from_db()
    kept = json.dumps(list(delivery.attempts.values()), default=str)
    assert "secret" not in delivery.error + kept


def test_an_address_that_is_not_public_fails_at_once(owed):
    delivery = owed("http://127.0.0.1:1/hook")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("failed", 1)
    assert "leads to 127.0.0.1" in delivery.error


def test_a_success_whose_body_broke_off_is_a_success(breaking_off, owed):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"
    delivery = owed(breaking_off(head), "discord")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_a_chats_refusal_whose_body_broke_off_is_no_riddle(breaking_off, owed):
    head = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\nhalf"
    delivery = owed(breaking_off(head), "discord")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_a_chat_that_hangs_up_without_a_word_is_left_to_a_person(breaking_off, owed):
    delivery = owed(breaking_off(b""), "slack")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "unknown"

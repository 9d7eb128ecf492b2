"""The delivery's state machine: who may move a row, and that nobody else can."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from notifications import lifecycle
from notifications.formatters import FORMATTERS
from notifications.models import Attempt, ChatSession, Delivery, Webhook
from notifications.owing import owe
from notifications.result import Result
from tests.factories import make_delivery
from tests.notifications.conftest import claim, make_owed
from tests.threads import at_once, in_thread

CHATS = sorted(n for n, each in FORMATTERS.items() if not each.deduplicates)
DEDUPLICATING = ["raw", "template", "signal_output"]
FINAL = ["delivered", "failed", "cancelled", "unknown"]


def result(**given):
    fields: dict[str, Any] = {
        "run_id": uuid.uuid4(),
        "status": "succeeded",
        "task_id": "morning-report",
        "task_name": "Morning report",
        "user_id": "45",
        "output_type": "text",
        "content": "VN-Index +1.2 %",
        "text": "VN-Index +1.2 %",
        "prompt": "Report.",
        "metadata": {"status": "succeeded"},
    } | given
    return Result(**fields)


def an_attempt(delivery, **fields):
    return Attempt(delivery=delivery, number=1, started_at=timezone.now(), **fields)


def let_lease_end(*deliveries):
    Delivery.objects.filter(id__in=[each.id for each in deliveries]).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )


def in_status(owed, status):
    finished = timezone.now() if status in FINAL else None
    return owed("https://example.com/", status=status, finished_at=finished)


def test_a_claim_leases_the_delivery(owed):
    claimed = claim(owed())
    assert claimed.status == "sending"
    assert claimed.lease_expires_at
    left = claimed.lease_expires_at - timezone.now()
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)


def test_a_delivery_is_claimed_once(owed):
    delivery = owed()
    assert lifecycle.claim(delivery.id)
    assert lifecycle.claim(delivery.id) is None


def test_eight_that_claim_at_once_get_it_once(shared_database):
    delivery = in_thread(make_owed)
    claims = at_once(lambda: lifecycle.claim(delivery.id), 8)
    assert len([claim for claim in claims if claim]) == 1


def test_what_is_not_due_is_not_claimed(owed):
    delivery = owed(next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert not lifecycle.due([delivery.id])
    assert lifecycle.claim(delivery.id) is None


@pytest.mark.parametrize("status", FINAL)
def test_what_is_final_is_not_claimed(owed, status):
    delivery = in_status(owed, status)
    assert not lifecycle.due([delivery.id])
    assert lifecycle.claim(delivery.id) is None


def test_the_longest_due_comes_first(owed):
    now = timezone.now()
    ages = [1, 3, 2]
    ids = [owed(next_attempt_at=now - timedelta(hours=age)).id for age in ages]
    assert [each.id for each in lifecycle.due(ids)] == [ids[1], ids[2], ids[0]]


@pytest.mark.parametrize("status", ["delivered", "failed", "unknown"])
def test_a_stale_sender_cannot_settle(owed, status):
    delivery = owed()
    stale = claim(delivery)
    let_lease_end(delivery)
    lifecycle.take_over(timezone.now())
    fresh = claim(delivery)
    attempt = an_attempt(delivery)
    assert not lifecycle.settle(stale, status, attempt=attempt, error="late")
    delivery.refresh_from_db()
    assert (delivery.status, delivery.lease_token) == ("sending", fresh.lease_token)
    assert delivery.attempts.count() == 0


def test_a_sender_whose_lease_ended_unnoticed_may_still_settle(owed):
    claimed = claim(owed())
    let_lease_end(claimed)
    assert lifecycle.settle(claimed, Delivery.Status.DELIVERED)


def test_a_delivery_is_settled_once(owed):
    claimed = claim(owed())
    attempt = an_attempt(claimed)
    assert lifecycle.settle(claimed, Delivery.Status.DELIVERED, attempt=attempt)
    assert not lifecycle.settle(claimed, Delivery.Status.FAILED)
    claimed.refresh_from_db()
    assert (claimed.status, claimed.attempts_made) == ("delivered", 1)


@pytest.mark.parametrize("name", DEDUPLICATING)
def test_a_dead_senders_delivery_waits_again_under_its_id(owed, name):
    delivery = owed(format=name)
    claim(delivery)
    let_lease_end(delivery)
    assert lifecycle.take_over(timezone.now()) == 1
    again = claim(delivery)
    assert (again.id, again.attempts_made) == (delivery.id, 1)


@pytest.mark.parametrize("name", [*CHATS, "a-format-that-went"])
def test_a_dead_senders_message_to_a_chat_is_left_to_a_person(owed, name):
    delivery = owed(format=name)
    claim(delivery)
    let_lease_end(delivery)
    assert lifecycle.take_over(timezone.now()) == 0
    delivery.refresh_from_db()
    assert delivery.status == "unknown"
    assert "may have arrived" in delivery.error


def test_a_living_senders_delivery_is_not_taken_over(owed):
    delivery = owed()
    claimed = claim(delivery)
    assert lifecycle.take_over(timezone.now()) == 0
    assert lifecycle.settle(claimed, Delivery.Status.DELIVERED)


def test_a_delivery_that_kills_its_senders_comes_to_an_end(owed, configure):
    configure("NOTIFICATIONS", max_attempts=3)
    delivery = owed()
    for waits in (1, 1, 0):
        assert lifecycle.claim(delivery.id)
        let_lease_end(delivery)
        assert lifecycle.take_over(timezone.now()) == waits
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("failed", 3)
    assert delivery.error == "The sender died while sending it, at try 3 of 3."


@pytest.mark.parametrize(
    ("status", "cancels"), [("pending", True), *((status, False) for status in FINAL)]
)
def test_only_what_waits_is_cancelled(owed, status, cancels):
    delivery = in_status(owed, status)
    assert lifecycle.cancel(delivery) is cancels


def test_what_is_being_sent_is_not_cancelled(owed):
    claimed = claim(owed())
    assert not lifecycle.cancel(claimed)


@pytest.mark.parametrize("status", FINAL)
def test_what_is_final_can_be_owed_again(owed, status):
    delivery = in_status(owed, status)
    assert lifecycle.reopen(delivery)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.finished_at) == ("pending", None)
    assert (delivery.replayed, delivery.attempts_made) == (True, 0)


def test_what_is_open_cannot_be_owed_again(owed):
    delivery = owed()
    assert not lifecycle.reopen(delivery)
    assert not lifecycle.reopen(claim(delivery))


@pytest.mark.parametrize(
    ("status", "parts"), [("delivered", 0), ("failed", 2), ("unknown", 2)]
)
def test_only_what_arrived_whole_is_sent_whole_again(owed, status, parts):
    delivery = in_status(owed, status)
    Delivery.objects.filter(id=delivery.id).update(parts_sent=2)
    lifecycle.reopen(delivery)
    delivery.refresh_from_db()
    assert delivery.parts_sent == parts


def test_a_run_cannot_owe_one_webhook_twice(owed):
    delivery = owed()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_delivery(delivery.webhook, run_id=delivery.run_id)


@pytest.mark.parametrize(
    ("status", "rules"),
    [
        ("succeeded", ["always", "success"]),
        ("failed", ["always", "failure"]),
        ("cancelled", []),
    ],
)
def test_a_result_is_owed_to_the_webhooks_whose_rule_wants_it(db, status, rules):
    hooks = [
        Webhook.objects.create(name=rule, notify_on=rule)
        for rule in ("always", "success", "failure")
    ]
    owe([result(status=status)], {"morning-report": hooks})
    assert sorted(Delivery.objects.values_list("webhook_name", flat=True)) == rules


def test_a_result_is_owed_to_the_webhooks_of_its_own_task(db):
    hook = Webhook.objects.create()
    assert owe([result()], {"another-task": [hook]}).deliveries == []


def test_a_delivery_carries_the_seven_keys_of_the_payload(db):
    told = result(metadata={"status": "succeeded", "ticker": "VNM"})
    owe([told], {"morning-report": [Webhook.objects.create(format="slack")]})
    delivery = Delivery.objects.get()
    assert delivery.payload == {
        "task_id": "morning-report",
        "task_name": "Morning report",
        "run_id": str(told.run_id),
        "user_id": "45",
        "output_type": "text",
        "content": "VN-Index +1.2 %",
        "metadata": {"status": "succeeded", "ticker": "VNM"},
    }
    assert (delivery.format, delivery.webhook_name) == ("slack", "slack")


def test_a_result_opens_a_session_for_its_user(db):
    told = result()
    owe([told, result(user_id="")], {})
    session = ChatSession.objects.get()
    assert (session.user_id, session.run_id) == ("45", told.run_id)
    said = list(session.messages.values_list("role", "content"))
    assert said == [("user", "Report."), ("assistant", "VN-Index +1.2 %")]

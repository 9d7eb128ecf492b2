"""What the broker lost or a sender dropped goes on from the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from notifications import lifecycle, maintenance
from notifications.models import Attempt, ChatMessage, ChatSession, Delivery
from notifications.sender import deliver
from notifications.tasks import keep_house, prune
from tests.notifications.conftest import claim


def ago(**units):
    return timezone.now() - timedelta(**units)


def rung(broker):
    return [each for message in broker.rung() for each in message]


def test_a_delivery_whose_message_was_lost_is_rung_again(owed, broker):
    lost = owed(rung_at=ago(seconds=16))
    assert maintenance.republish() == 1
    assert rung(broker) == [lost.id]


def test_a_delivery_that_was_rung_a_moment_ago_is_left_in_peace(owed, broker):
    owed(rung_at=ago(seconds=5))
    assert maintenance.republish() == 0


def test_a_retry_is_rung_as_soon_as_its_time_has_come(receiver, owed, broker):
    delivery = owed(receiver.answers(500))
    deliver([delivery.id])
    assert maintenance.republish() == 0
    delivery.refresh_from_db()
    with time_machine.travel(delivery.next_attempt_at + timedelta(seconds=1)):
        assert maintenance.republish() == 1
    assert rung(broker) == [delivery.id]


def test_a_delivery_that_is_not_due_is_not_rung(owed, broker):
    owed(next_attempt_at=timezone.now() + timedelta(seconds=30), rung_at=ago(hours=1))
    assert maintenance.republish() == 0


def test_what_was_rung_again_is_not_rung_at_the_next_look(owed, broker):
    owed(rung_at=ago(hours=1))
    assert [maintenance.republish(), maintenance.republish()] == [1, 0]


def test_what_is_being_sent_or_final_is_not_rung(owed, broker):
    lifecycle.claim(owed(rung_at=ago(hours=1)).id)
    lifecycle.cancel(owed(rung_at=ago(hours=1)))
    assert maintenance.republish() == 0


def test_the_longest_due_are_rung_first(owed, broker, monkeypatch):
    monkeypatch.setattr(maintenance, "_BATCH", 2)
    hours = [1, 3, 2]
    ids = [
        owed(next_attempt_at=ago(hours=hour), rung_at=ago(hours=hour)).id
        for hour in hours
    ]
    maintenance.republish()
    assert rung(broker) == [ids[1], ids[2]]


def test_keeping_house_rings_once_for_what_a_dead_sender_held(owed, broker):
    held, chat = owed(), owed(format="slack")
    for each in (held, chat):
        claim(each)
    Delivery.objects.update(lease_expires_at=ago(seconds=1))
    keep_house()
    assert rung(broker) == [held.id]
    chat.refresh_from_db()
    assert chat.status == "unknown"


def test_keeping_house_survives_a_broker_that_is_away(owed, broker):
    broker.go_away()
    delivery = owed(rung_at=ago(hours=1))
    keep_house()
    delivery.refresh_from_db()
    assert delivery.status == "pending"


def test_what_died_after_the_post_is_sent_again_under_the_same_id(
    receiver, owed, broker
):
    delivery = owed(receiver.answers(200))
    claim(delivery)  # and posts, and dies before it can say so
    Delivery.objects.update(lease_expires_at=ago(seconds=1))
    keep_house()
    deliver(rung(broker))
    assert receiver.ids == [str(delivery.id)]


@pytest.mark.parametrize(
    ("status", "age", "left"),
    [
        ("delivered", 91, 0),
        ("unknown", 91, 0),
        ("pending", 91, 1),
        ("delivered", 89, 1),
    ],
)
def test_old_deliveries_that_are_final_are_pruned(owed, status, age, left):
    finished = None if status == "pending" else timezone.now()
    delivery = owed(status=status, finished_at=finished, created_at=ago(days=age))
    Attempt.objects.create(delivery=delivery, number=1, started_at=timezone.now())
    prune()
    assert (Delivery.objects.count(), Attempt.objects.count()) == (left, left)


def test_pruning_goes_on_until_all_are_gone(owed, monkeypatch):
    monkeypatch.setattr(maintenance, "_BATCH", 2)
    for _ in range(5):
        owed(status="failed", finished_at=timezone.now(), created_at=ago(days=91))
    assert maintenance.prune() == 5


def test_no_limit_keeps_deliveries_for_ever(owed, configure):
    configure("NOTIFICATIONS", keep_deliveries_days=0)
    owed(status="failed", finished_at=timezone.now(), created_at=ago(days=9_000))
    assert maintenance.prune() == 0


@pytest.mark.django_db
def test_old_chat_sessions_are_pruned_with_their_messages(configure):
    configure("NOTIFICATIONS", keep_sessions_days=30)
    now = timezone.now()
    old, new = (
        ChatSession.objects.create(user_id="45", title="T", created_at=now - age)
        for age in (timedelta(days=31), timedelta(days=29))
    )
    old.messages.create(role="user", content="hello")
    assert maintenance.prune() == 1
    assert list(ChatSession.objects.all()) == [new]
    assert not ChatMessage.objects.exists()

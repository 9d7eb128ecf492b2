"""A place that asks to wait is left alone, by everybody, and holds up nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from werkzeug import Response

from notifications import closures, lifecycle, maintenance, sender
from notifications.destinations import destination_of, host_of, key_of_host
from notifications.models import Attempt, Delivery, Destination, Webhook
from notifications.sender import deliver
from tests.factories import make_delivery
from tests.notifications.test_sender_retries import too_many, wait_after


def in_minutes(count):
    return timezone.now() + timedelta(minutes=count)


def test_all_that_waits_for_the_place_waits_with_it_and_nothing_else(receiver, owed):
    first = owed(url := receiver.answers(too_many(Retry_After="600")))
    same_place = make_delivery(Webhook.objects.create(url=url))
    elsewhere = owed(receiver.answers(200, path="/fine"))
    deliver([first.id, same_place.id, elsewhere.id])
    same_place.refresh_from_db()
    elsewhere.refresh_from_db()
    assert elsewhere.status == "delivered"
    assert 590 < wait_after(same_place) < 610
    assert (same_place.attempts_made, same_place.attempts.count()) == (0, 0)
    assert len(receiver.requests) == 2
    closed = Destination.objects.get()
    assert (closed.key, closed.host) == (destination_of(url), host_of(url))


def test_what_another_process_was_told_counts_here(receiver, owed):
    url = receiver.answers(200)
    delivery = owed(url)
    Destination.objects.create(key=destination_of(url), open_at=in_minutes(5))
    assert deliver([delivery.id]) == 0
    assert 290 < wait_after(delivery) < 310
    assert receiver.requests == []


def test_what_waits_for_a_closed_place_is_put_off_at_once_and_not_one_by_one(
    receiver, owed
):
    url = receiver.answers(200)
    first = owed(url)
    rest = [make_delivery(first.webhook) for _ in range(9)]
    Destination.objects.create(key=destination_of(url), open_at=in_minutes(5))
    with CaptureQueriesContext(connection) as asked:
        deliver([first.id, *(each.id for each in rest)])
    put_off = [each for each in asked if 'SET "next_attempt_at"' in each["sql"]]
    assert len(put_off) == 1
    assert all(290 < wait_after(each) < 310 for each in [first, *rest])


def test_a_closed_place_opens_by_the_clock_and_is_forgotten(receiver, owed, broker):
    delivery = owed(url := receiver.answers(too_many(Retry_After="60"), 200))
    deliver([delivery.id])
    with time_machine.travel(timezone.now() + timedelta(seconds=70)):
        assert maintenance.republish() == 1
        (ids,) = broker.rung()
        assert deliver(ids) == 1
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        closures.forget(timezone.now())
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("delivered", 1)
    assert not Destination.objects.filter(key=destination_of(url)).exists()


def test_a_global_limit_closes_every_webhook_of_the_host(receiver, owed):
    answer = too_many(Retry_After="60", X_RateLimit_Global="true")
    first = owed(receiver.answers(answer), "discord")
    other = owed(url := receiver.answers(204, path="/other"), "discord")
    deliver([first.id])
    deliver([other.id])
    assert 55 < wait_after(other) < 70
    assert len(receiver.requests) == 1
    assert Destination.objects.filter(key=key_of_host(host_of(url))).exists()


def test_what_others_call_global_closes_their_own_place_alone(receiver, owed):
    answer = too_many(Retry_After="60", X_RateLimit_Global="true")
    first = owed(receiver.answers(answer))
    other = owed(receiver.answers(204, path="/other"))
    deliver([first.id])
    deliver([other.id])
    other.refresh_from_db()
    assert other.status == "delivered"


def test_an_empty_bucket_closes_the_place_before_anything_is_refused(receiver, owed):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}
    first = owed(url := receiver.answers(Response(status=204, headers=headers)))
    second = make_delivery(Webhook.objects.create(url=url))
    deliver([first.id, second.id])
    first.refresh_from_db()
    assert first.status == "delivered"
    assert 29 < wait_after(second) < 34


def test_a_long_text_goes_on_after_the_pause_that_its_receiver_wants(receiver, owed):
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}
    slow_down = Response(status=204, headers=headers)
    url = receiver.answers(204, slow_down, 204)
    delivery = owed(url, "discord", content="word " * 2_000)
    deliver([delivery.id])
    assert 29 < wait_after(delivery) < 34
    assert (delivery.parts_sent, delivery.attempts_made) == (2, 0)
    with time_machine.travel(timezone.now() + timedelta(seconds=40)):
        deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.parts_sent) == ("delivered", 3)
    assert len(receiver.requests) == 3


def test_a_wait_that_was_asked_for_takes_nothing_off_the_tries(
    receiver, owed, configure
):
    configure("NOTIFICATIONS", allowed_origins=(receiver.origin,), max_attempts=2)
    delivery = owed(receiver.answers(*[too_many(Retry_After="60")] * 4, 500, 200))
    moment = timezone.now()
    for _ in range(6):
        moment += timedelta(hours=1)
        with time_machine.travel(moment):
            deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts_made) == ("delivered", 2)
    assert delivery.attempts.count() == 6


def test_whoever_asks_for_a_second_all_day_is_asked_seldom_and_a_day_at_most(
    receiver, owed
):
    delivery = owed(receiver.answers(too_many(Retry_After="1")))
    moment, end = timezone.now(), timezone.now() + timedelta(hours=30)
    while delivery.status == "pending" and moment < end:
        moment = max(delivery.next_attempt_at, moment) + timedelta(seconds=1)
        with time_machine.travel(moment, tick=False):
            deliver([delivery.id])
        delivery.refresh_from_db()
    began = Attempt.objects.order_by("started_at")[0].started_at
    assert delivery.status == "failed"
    assert timedelta(hours=24) <= moment - began < timedelta(hours=25)
    assert delivery.attempts.count() < 160


def test_a_closing_is_never_shortened(db):
    assert closures.close("k", in_minutes(9))
    assert not closures.close("k", in_minutes(1))
    assert Destination.objects.get().open_at > in_minutes(8)


def test_messages_of_a_closed_place_keep_their_order(receiver, owed):
    first = owed(url := receiver.answers(too_many(Retry_After="60"), 200), "slack")
    hook = first.webhook
    rest = [make_delivery(hook) for _ in range(4)]
    ids = [first.id, *(each.id for each in rest)]
    deliver(ids)
    Delivery.objects.update(next_attempt_at=timezone.now())
    Destination.objects.all().delete()
    deliver(list(reversed(ids)))
    assert url.endswith("/hook")
    assert receiver.ids[1:] == [str(each) for each in ids]


def test_rows_from_before_learn_their_place(receiver, owed):
    url = receiver.answers(200)
    delivery = owed(url)
    Webhook.objects.update(destination="")
    deliver([delivery.id])
    assert Webhook.objects.get().destination == destination_of(url)


def test_a_digest_that_is_being_collected_is_neither_claimed_nor_put_off(owed):
    url = "https://example.com/hook"
    collected = owed(url, collected_until=in_minutes(60))
    assert lifecycle.claim(collected.id) is None
    assert closures.put_off(destination_of(url), in_minutes(5)) == 0


def test_a_process_that_ends_leaves_what_waits_to_others(receiver, owed):
    delivery = owed(receiver.answers(200))
    sender.lanes().close()
    assert deliver([delivery.id]) == 0
    delivery.refresh_from_db()
    assert (delivery.status, receiver.requests) == ("pending", [])


@pytest.mark.parametrize("status", [429, 503])
def test_without_a_wait_that_can_be_read_the_ladder_decides(receiver, owed, status):
    delivery = owed(receiver.answers(status))
    deliver([delivery.id])
    assert 4 < wait_after(delivery) < 7
    assert (delivery.attempts_made, Destination.objects.count()) == (1, 0)

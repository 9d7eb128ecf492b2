"""The bell: a group of messages after the commit, and no harm when nobody can hear it."""

from __future__ import annotations

import uuid

import pytest
from celery import current_app
from django.db import transaction

from config.settings.base import broker_url
from notifications.doorbell import MOST_MESSAGES, ring
from notifications.models import Delivery, Webhook
from notifications.owing import owe
from notifications.tasks import deliver
from tests.notifications.test_delivery_lifecycle import result


def test_each_of_a_few_deliveries_has_a_message_of_its_own(broker):
    ids = [uuid.uuid4() for _ in range(3)]
    ring(ids)
    assert broker.rung() == [[each] for each in ids]


def test_a_large_fan_out_takes_a_bounded_number_of_messages(broker):
    ids = [uuid.uuid4() for _ in range(MOST_MESSAGES * 3 + 1)]
    ring(ids)
    rung = broker.rung()
    assert len(rung) <= MOST_MESSAGES
    assert [each for message in rung for each in message] == ids


def test_nothing_to_tell_rings_nobody(broker):
    ring([])
    assert broker.rung() == []


def test_what_a_run_owes_is_rung_after_the_commit(
    broker, db, django_capture_on_commit_callbacks
):
    hooks = [Webhook.objects.create() for _ in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        owe([result()], {"morning-report": hooks})
        assert broker.rung() == []
    rung = [each for message in broker.rung() for each in message]
    assert sorted(rung) == sorted(Delivery.objects.values_list("id", flat=True))


def test_what_is_rolled_back_is_not_rung(broker, transactional_db):
    hook = Webhook.objects.create()
    with transaction.atomic():
        owe([result()], {"morning-report": [hook]})
        transaction.set_rollback(True)
    assert (broker.rung(), Delivery.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/valkey.sock"]
)
def test_a_broker_that_is_away_is_logged_and_no_more(broker, caplog, url):
    broker.go_away(url)
    ring([uuid.uuid4(), uuid.uuid4()])
    assert "2 deliveries wait for the reconciler" in caplog.text


def test_a_run_is_finished_though_the_broker_is_away(broker, transactional_db, caplog):
    broker.go_away()
    owe([result()], {"morning-report": [Webhook.objects.create()]})
    assert Delivery.objects.get().status == "pending"
    assert "1 deliveries wait" in caplog.text


def test_senders_have_a_queue_of_their_own():
    route = current_app.amqp.router.route({}, deliver.name)
    assert route["queue"].name == "notifications"


def test_a_message_holds_ids_that_the_celery_task_understands(receiver, owed, broker):
    delivery = owed(receiver.answers(200))
    ring([delivery.id])
    (ids,) = broker.rung()
    deliver([str(each) for each in ids])
    assert receiver.ids == [str(delivery.id)]


def test_a_broker_that_is_full_is_logged_and_no_more(broker, valkey, caplog):
    broker.use(broker_url(valkey.url))
    valkey.command("CONFIG", "SET", "maxmemory", "1")
    ring([uuid.uuid4()])
    assert "1 deliveries wait for the reconciler" in caplog.text


def test_a_broker_that_went_and_came_back_is_rung_again(broker, valkey, caplog):
    broker.use(broker_url(valkey.url))
    ring([uuid.uuid4()])
    valkey.stop()
    ring([uuid.uuid4()])
    assert "1 deliveries wait" in caplog.text
    valkey.start()
    last = uuid.uuid4()
    ring([last])
    assert broker.rung() == [[last]]

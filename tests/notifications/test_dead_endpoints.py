"""A receiver where nothing arrives any more is switched off, told of, and made good later."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications import lifecycle, maintenance, selectors, services
from notifications.models import ChatSession, Delivery, Incident, Webhook
from notifications.sender import deliver
from scheduling.models import TaskWebhook
from tests.factories import make_delivery, make_shared_webhook, make_task, make_user
from tests.notifications.test_sender_retries import try_now


def ago(**units):
    return timezone.now() - timedelta(**units)


def test_the_first_failed_try_is_remembered_until_something_arrives(receiver, owed):
    delivery = owed(receiver.answers(500, 500, 200))
    try_now(delivery)
    since = Webhook.objects.get().failing_since
    try_now(delivery)
    assert since is not None
    assert Webhook.objects.get().failing_since == since
    try_now(delivery)
    assert (delivery.status, Webhook.objects.get().failing_since) == ("delivered", None)


def test_a_success_after_a_success_writes_nothing_about_the_webhook(receiver, owed):
    delivery = owed(receiver.answers(200))
    with CaptureQueriesContext(
        connection,
    ) as seen:
        deliver([delivery.id])
    written = [q["sql"] for q in seen if q["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [sql for sql in written if "notifications_webhook" in sql]


@pytest.mark.parametrize(("status", "words"), [(404, "answered 404"), (500, "answered 500")])  # fmt: skip
def test_long_failure_switches_off_and_says_since_when(receiver, owed, status, words):
    hook = {"failing_since": ago(hours=73)}
    delivery = owed(receiver.answers(status), webhook=hook, attempts_made=1)
    deliver([delivery.id])
    webhook = Webhook.objects.get()
    assert not webhook.active
    assert "Nothing has arrived since" in webhook.disabled_reason
    assert words in webhook.disabled_reason


def test_a_hiccup_of_a_webhook_that_is_seldom_used_switches_nothing_off(receiver, owed):
    hook = {"failing_since": ago(days=7)}
    delivery = owed(receiver.answers(500, 200), webhook=hook)
    try_now(delivery)
    assert Webhook.objects.get().active
    try_now(delivery)
    assert Webhook.objects.get().failing_since is None


@pytest.mark.parametrize(("hours", "since"), [(72, 71), (0, 9_000)])
def test_less_than_the_limit_or_none_leaves_it_on(
    receiver, owed, configure, hours, since
):
    configure(
        "NOTIFICATIONS", allowed_origins=(receiver.origin,), disable_after_hours=hours
    )
    hook = {"failing_since": ago(hours=since)}
    deliver([owed(receiver.answers(404), webhook=hook).id])
    assert Webhook.objects.get().active


def test_bad_news_that_did_not_arrive_is_told_elsewhere_until_something_arrives(
    receiver, owed
):
    ops = make_shared_webhook(name="ops", for_alerts=True)
    first = owed(receiver.answers(404, 404, 200))
    second, third = make_delivery(first.webhook), make_delivery(first.webhook)
    failed = first.payload | {"metadata": {"status": "failed"}}
    Delivery.objects.exclude(id=third.id).update(payload=failed)
    deliver([first.id])
    deliver([second.id])
    incident = Incident.objects.get()
    assert (incident.kind, incident.count, incident.webhook) == ("untold", 2, first.webhook)  # fmt: skip
    alert = Delivery.objects.get(kind="alert")
    assert (alert.webhook, alert.incident) == (ops, incident)
    deliver([third.id])
    incident.refresh_from_db()
    assert incident.state == "resolved"


def test_bad_news_that_could_not_be_made_is_told_elsewhere_too(receiver, owed):
    blank = {"chat_id": "", "name": "bot"}
    delivery = owed(receiver.answers(200), "telegram", webhook=blank)
    failed = delivery.payload | {"metadata": {"status": "failed"}}
    Delivery.objects.update(payload=failed)
    deliver([delivery.id])
    assert Incident.objects.get().title.startswith("Webhook bot was not told")


def test_good_news_that_did_not_arrive_is_no_incident(receiver, owed):
    deliver([owed(receiver.answers(404)).id])
    assert not Incident.objects.exists()


def test_incidents_about_a_webhook_that_was_deleted_are_over(receiver, owed):
    deliver([(delivery := owed(receiver.answers(410))).id])
    delivery.webhook.delete()
    maintenance.keep_house()
    assert Incident.objects.get().state == "resolved"


def test_a_dead_endpoint_opens_one_incident_that_its_alert_channel_hears_of(
    receiver, owed
):
    channel = make_shared_webhook(for_alerts=True)
    first = owed(receiver.answers(410))
    second = make_delivery(first.webhook)
    deliver([first.id])
    deliver([second.id])
    incident = Incident.objects.get()
    assert (incident.kind, incident.key) == (
        "dead_endpoint",
        f"webhook:{first.webhook_id}",
    )
    assert incident.webhook_id == first.webhook_id
    assert Delivery.objects.get(kind="alert").webhook_id == channel.pk


def dead(receiver, owed):
    """A webhook that died, with what it has missed: one failed, one cancelled."""
    first = owed(receiver.answers(410, 200))
    second = make_delivery(first.webhook)
    deliver([first.id, second.id])
    return Webhook.objects.get(), first, second


def test_switching_on_ends_the_incident_and_replays_what_was_missed(
    receiver, owed, broker
):
    webhook, first, second = dead(receiver, owed)
    lifecycle.cancel(by_hand := make_delivery(webhook))
    in_doubt = make_delivery(webhook, status="unknown", finished_at=timezone.now())
    before = make_delivery(webhook, status="failed", finished_at=ago(days=1))
    assert selectors.missed_by(webhook).count() == 2
    user = make_user()
    switched = services.switch_on(webhook, user=user, replay=True)
    assert (bool(switched), switched.replayed) == (True, 2)
    incident = Incident.objects.get()
    assert incident.resolved_at is not None
    assert incident.resolved_by == user
    deliver([first.id, second.id])
    states = dict(Delivery.objects.filter(webhook=webhook).values_list("id", "status"))
    assert states == {
        first.id: "delivered",
        second.id: "delivered",
        by_hand.id: "cancelled",
        in_doubt.id: "unknown",
        before.id: "failed",
    }


def test_switching_on_without_replay_leaves_what_was_missed(receiver, owed, broker):
    webhook, first, _ = dead(receiver, owed)
    assert services.switch_on(webhook, user=None).replayed == 0
    first.refresh_from_db()
    assert first.status == "failed"
    assert not services.switch_on(webhook, user=None)


def test_what_arrives_after_a_form_switched_it_on_ends_the_incident(receiver, owed):
    webhook, first, _ = dead(receiver, owed)
    webhook.active = True
    webhook.full_clean()
    webhook.save()
    services.replay(first, user=None)
    deliver([first.id])
    assert Incident.objects.get().resolved_at is not None


def test_a_form_that_switches_it_on_gives_it_time_anew(db):
    task = make_task()
    hook = TaskWebhook(task=task, url="https://8.8.8.8/x", failing_since=ago(days=9), disabled_reason="x")  # fmt: skip
    hook.clean()
    assert hook.disabled_reason == ""
    assert hook.failing_since is not None
    assert hook.failing_since > ago(hours=1)


def test_another_url_has_not_failed_yet(db):
    hook = make_shared_webhook(failing_since=ago(days=9))
    hook.url = "https://example.com/new"
    hook.save()
    assert Webhook.objects.get().failing_since is None


@pytest.fixture
def ended(owed):
    def make(count, **fields):
        first = owed("https://8.8.8.8/hook", status="failed", finished_at=timezone.now(), **fields)  # fmt: skip
        return [first] + [
            make_delivery(first.webhook, status="failed", finished_at=timezone.now(), created_at=ago(hours=count - n))
            for n in range(1, count)
        ]  # fmt: skip

    return make


def test_a_set_is_replayed_in_batches_that_become_due_one_after_another(
    ended, broker, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("notifications.replays._BATCH", 2)
    rows = ended(5, created_at=ago(hours=9))
    with (
        CaptureQueriesContext(connection) as seen,
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert services.replay_all(Delivery.objects.all(), user=None) == 5
    updates = [each for each in seen if each["sql"].startswith("UPDATE")]
    due = [each.next_attempt_at for each in Delivery.objects.order_by("created_at")]
    assert len(updates) == 3
    assert due == sorted(due)
    assert len(set(due)) == 3
    assert broker.rung() == [[rows[0].id], [rows[1].id]]


def test_of_a_set_only_what_can_be_replayed_is(ended, owed):
    (done,) = ended(1)
    off = owed(status="failed", finished_at=timezone.now(), webhook={"active": False})
    gone = owed(status="failed", finished_at=timezone.now())
    gone.webhook.delete()
    owed()
    make_delivery(
        done.webhook, status="failed", finished_at=timezone.now(), digest=done
    )
    assert services.replay_all(Delivery.objects.all(), user=None) == 1
    off.refresh_from_db()
    assert off.status == "failed"


def test_a_set_that_is_too_large_is_refused_whole(ended, monkeypatch):
    monkeypatch.setattr("notifications.replays.MAX_REPLAYED", 2)
    ended(3)
    with pytest.raises(Exception, match="narrow it down"):
        services.replay_all(Delivery.objects.all(), user=None)
    assert not Delivery.objects.filter(status="pending").exists()


def test_the_later_batches_are_rung_when_their_time_has_come(
    ended, broker, monkeypatch
):
    monkeypatch.setattr("notifications.replays._BATCH", 2)
    ended(4)
    services.replay_all(Delivery.objects.all(), user=None)
    assert maintenance.republish() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        assert maintenance.republish() == 2


def test_of_a_tasks_own_webhook_its_own_alert_channel_hears(receiver, db):
    team, own = make_shared_webhook(name="team"), make_shared_webhook(for_alerts=True)
    task = make_task(alert_webhook=team)
    hook = task.webhooks.create(name="own", url=receiver.answers(410))
    deliver([make_delivery(hook, task_id=task.id).id])
    incident = Incident.objects.get()
    assert (incident.kind, incident.task_id) == ("dead_endpoint", task.id)
    told = Delivery.objects.filter(kind="alert").values_list("webhook__name", flat=True)
    assert list(told) == ["team"] != [own.name]


def test_without_a_channel_its_owner_hears(receiver, db):
    owner = make_user()
    hook = make_task(owner=owner).webhooks.create(name="own", url=receiver.answers(410))
    deliver([make_delivery(hook).id])
    session = ChatSession.objects.get(user_id=str(owner.pk))
    assert "was switched off" in session.title


def test_bad_news_that_no_key_can_send_is_an_incident(owed):
    delivery = owed("https://example.com/hook")
    delivery.payload["metadata"] = {"status": "failed"}
    delivery.save()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_webhook SET url = 'gAAAAAnone'")
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "failed"
    assert Incident.objects.get().kind == "untold"

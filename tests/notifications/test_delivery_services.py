"""What people ask for: deliver again, deliver no more, and which webhooks there are to be."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.utils import timezone

from notifications import services
from notifications.exceptions import Conflict
from notifications.models import Delivery, Webhook
from notifications.sender import deliver
from scheduling.models import TaskWebhook
from tests.factories import make_task, make_user, make_webhook

URL = "https://8.8.8.8/hook"  # needs no name server


def ended(owed, status, url=URL, **fields):
    return owed(url, status=status, finished_at=timezone.now(), **fields)


@pytest.mark.parametrize("status", ["delivered", "failed", "unknown", "cancelled"])
def test_what_has_ended_can_be_replayed(
    owed, broker, status, django_capture_on_commit_callbacks
):
    delivery = ended(owed, status)
    with django_capture_on_commit_callbacks(execute=True):
        replayed = services.replay(delivery, user=None)
    assert (replayed.id, replayed.status) == (delivery.id, "pending")
    assert broker.rung() == [[delivery.id]]


def test_a_replay_adds_attempts_and_changes_none(
    receiver, owed, django_capture_on_commit_callbacks
):
    delivery = owed(receiver.answers(400, 200))
    deliver([delivery.id])
    before = list(delivery.attempts.values())
    services.replay(delivery, user=None)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "delivered"
    after = list(delivery.attempts.values())
    assert after[:-1] == before
    assert after[-1]["trigger"] == "manual"
    assert receiver.ids == [str(delivery.id)] * 2


def test_a_replay_works_once_a_dead_webhook_is_switched_on(receiver, owed):
    delivery = owed(receiver.answers(410, 200))
    deliver([delivery.id])
    with pytest.raises(Conflict, match="is switched off: switch it on first"):
        services.replay(delivery, user=None)
    webhook = Webhook.objects.get()
    webhook.active = True
    webhook.full_clean()
    webhook.save()
    services.replay(delivery, user=None)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert (delivery.status, webhook.disabled_reason) == ("delivered", "")


@pytest.mark.parametrize("status", ["pending", "sending"])
def test_what_is_under_way_cannot_be_replayed(owed, status):
    delivery = owed(URL)
    if status == "sending":
        Delivery.objects.update(
            status=status, lease_token=delivery.id, lease_expires_at=timezone.now()
        )
    with pytest.raises(Conflict, match="still under way"):
        services.replay(delivery, user=None)


def test_nothing_is_replayed_to_a_webhook_that_was_deleted(owed):
    delivery = ended(owed, "failed")
    delivery.webhook.delete()
    with pytest.raises(Conflict, match="was deleted"):
        services.replay(delivery, user=None)
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_a_replay_is_not_sent_when_the_webhook_cannot_be_decrypted(owed, settings):
    delivery = ended(owed, "failed")
    settings.FIELD_ENCRYPTION_KEYS = ["a" * 43 + "="]
    services.replay(delivery, user=None)
    deliver([delivery.id])
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_what_waits_can_be_cancelled(owed):
    delivery = services.cancel_delivery(owed(URL), user=None)
    assert (delivery.status, delivery.finished_at is None) == ("cancelled", False)


def test_what_has_ended_cannot_be_cancelled(owed):
    with pytest.raises(Conflict, match="Only a pending delivery"):
        services.cancel_delivery(ended(owed, "failed"), user=None)


@pytest.mark.parametrize(
    ("permission", "may"), [("view", False), ("change", False), ("replay", True)]
)
def test_only_those_with_the_permission_to_replay_are_offered_it(db, permission, may):
    user = make_user(is_staff=True)
    for codename in ("view_delivery", f"{permission}_delivery"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    request = RequestFactory().get("/")
    request.user = user
    page = admin.site.get_model_admin(Delivery)
    assert ("replay" in page.get_actions(request)) is may


def save(task, *wanted):
    kept = services.check_webhooks(TaskWebhook, "task", task, wanted)
    services.save_webhooks(TaskWebhook, "task", task, kept)


def errors_of(task, *wanted):
    with pytest.raises(ValidationError) as raised:
        save(task, *wanted)
    return raised.value.message_dict["webhooks"]


def test_new_webhooks_are_saved(db):
    task = make_task()
    save(task, {"url": URL, "headers": {"X-A": "1"}}, {"format": "signal_output"})
    saved = [(each.format, each.url, each.headers) for each in task.webhooks.all()]
    assert saved == [("raw", URL, {"X-A": "1"}), ("signal_output", "", {})]


def test_a_webhook_keeps_what_is_not_named(db):
    webhook = make_webhook(make_task(), url=URL, headers={"X-A": "1"})
    save(webhook.task, {"id": webhook.pk, "name": "renamed"})
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url) == ("renamed", URL)
    assert webhook.headers == {"X-A": "1"}


def test_a_webhook_that_is_not_named_is_deleted_and_its_deliveries_stay(owed):
    kept = make_webhook(make_task(), url=URL)
    gone = make_webhook(kept.task, url=URL)
    delivery = owed(URL)
    Delivery.objects.update(webhook=gone)
    save(kept.task, {"id": kept.pk})
    delivery.refresh_from_db()
    assert list(kept.task.webhooks.all()) == [kept]
    assert (delivery.webhook, delivery.webhook_name) == (None, "raw hook")


def test_a_webhook_of_another_task_cannot_be_taken(db):
    other = make_webhook(make_task(), url=URL)
    task = make_task()
    assert errors_of(task, {"id": other.pk}) == [
        f"[0].id: {other.pk} is none of its webhooks."
    ]


def test_a_webhook_cannot_be_named_twice(db):
    webhook = make_webhook(make_task(), url=URL)
    twice = ({"id": webhook.pk, "name": "a"}, {"id": webhook.pk, "name": "b"})
    assert errors_of(webhook.task, *twice) == [f"[1].id: {webhook.pk} is named twice."]


@pytest.mark.parametrize("name", ["disabled_reason", "task", "pk", "created_at"])
def test_what_is_backbeats_own_cannot_be_set(db, name):
    (error,) = errors_of(make_task(), {"url": URL, name: "x"})
    assert error.startswith(f"[0].{name}: No such field; there are: name, url")


def test_each_entry_that_is_wrong_is_told_by_its_place_and_nothing_is_saved(db):
    task = make_task()
    wrong = ({"url": URL}, {"url": "ftp://x/"}, {"format": "pigeon"})
    errors = errors_of(task, *wrong)
    assert [error.partition(":")[0] for error in errors] == ["[1].url", "[2].format"]
    assert task.webhooks.count() == 0

"""Digests: what was collected goes out as one message, whose end is that of all of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from notifications import digests, lifecycle, maintenance
from notifications.formatters import FORMATTERS, FormatConfig, NotificationPayload
from notifications.models import Attempt, Delivery, Webhook
from notifications.services import cancel_delivery
from tests.factories import make_delivery, make_shared_webhook
from tests.notifications.conftest import claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook():
    return make_shared_webhook()


def collected(hook, task="report", status="succeeded", *, content="Well.", **fields):
    """A delivery whose time of collecting was over a minute ago."""
    now = timezone.now()
    payload = {
        "task_id": task,
        "task_name": task.capitalize(),
        "run_id": "r",
        "user_id": "",
        "output_type": "text",
        "content": content,
        "metadata": {"status": status} | fields.pop("metadata", {}),
    }
    fields = {"collected_until": now - timedelta(minutes=1), "payload": payload, "task_id": task} | fields  # fmt: skip
    return make_delivery(hook, **fields)


def made():
    """The one digest that there is."""
    return Delivery.objects.get(kind="digest")


def test_nothing_collected_costs_one_query(hook, django_assert_num_queries):
    make_delivery(hook)
    with django_assert_num_queries(1):
        assert digests.gather(timezone.now()) == 0


def test_what_is_collected_waits_for_its_time(hook):
    waiting = collected(hook, collected_until=timezone.now() + timedelta(hours=1))
    assert digests.gather(timezone.now()) == 0
    assert lifecycle.claim(waiting.id) is None
    assert maintenance.republish() == 0


def test_a_lone_one_is_sent_as_itself(hook):
    lone = collected(hook)
    assert digests.gather(timezone.now()) == 1
    assert claim(lone).kind == "result"


def test_several_become_one_message_with_failures_first(hook):
    collected(hook, "report", content="The index rose.")
    collected(hook, "backup", "failed", content="The run failed: disk full")
    collected(hook, "report", content="The index fell.", metadata={"diff": "```diff\n- rose\n+ fell\n```"})  # fmt: skip
    assert digests.gather(timezone.now()) == 1
    digest = made()
    assert (digest.run_id, digest.status, digest.members.count()) == (
        None,
        "pending",
        3,
    )
    assert set(digest.payload) == {
        "task_id", "task_name", "run_id", "user_id", "output_type", "content", "metadata",
    }  # fmt: skip
    assert digest.payload["task_name"] == "Digest: 3 results of 2 tasks"
    assert digest.payload["content"] == (
        "### ❌ Backup\n\nThe run failed: disk full\n\n### Report\n\nThe index rose.\n\n"
        "```diff\n- rose\n+ fell\n```\n\nThe index fell."
    )
    metadata = digest.payload["metadata"]
    assert metadata["status"] == "failed"
    assert [each["task_id"] for each in metadata["items"]] == ["backup", "report", "report"]  # fmt: skip
    assert NotificationPayload(**metadata["items"][0]).content.endswith("disk full")


def test_each_webhook_and_kind_has_a_digest_of_its_own(hook):
    other = make_shared_webhook(name="other")
    for each in (hook, hook, other, other):
        collected(each)
    for _ in range(2):
        collected(hook, kind="alert", run_id=None)
    assert digests.gather(timezone.now()) == 3
    assert Delivery.objects.filter(kind="digest", webhook=hook).count() == 2


def test_a_member_is_sent_by_nobody_and_ends_with_its_digest(hook):
    members = [collected(hook) for _ in range(2)]
    digests.gather(timezone.now())
    assert not lifecycle.due([each.id for each in members])
    digest = claim(made())
    attempt = Attempt(delivery=digest, number=1, started_at=timezone.now())
    assert lifecycle.settle(digest, Delivery.Status.DELIVERED, attempt=attempt)
    for each in members:
        each.refresh_from_db()
        assert (each.status, each.finished_at is not None) == ("delivered", True)


def test_a_digest_that_failed_takes_its_members_along_and_back_when_it_is_replayed(
    hook,
):
    member, _other = collected(hook), collected(hook)
    digests.gather(timezone.now())
    lifecycle.settle(claim(made()), Delivery.Status.FAILED, error="refused")
    member.refresh_from_db()
    assert (member.status, member.error) == ("failed", "refused")
    lifecycle.reopen(made())
    lifecycle.settle(claim(made()), Delivery.Status.DELIVERED)
    member.refresh_from_db()
    assert (member.status, member.error) == ("delivered", "")


def test_a_replayed_member_is_sent_by_itself(hook):
    member, other = collected(hook), collected(hook)
    digests.gather(timezone.now())
    lifecycle.settle(claim(made()), Delivery.Status.FAILED, error="refused")
    lifecycle.reopen(member)
    assert claim(member).digest is None
    other.refresh_from_db()
    assert other.digest == made()


def test_members_follow_a_digest_that_somebody_cancelled_or_that_was_lost(hook):
    member, _other = collected(hook), collected(hook)
    digests.gather(timezone.now())
    cancel_delivery(made(), user=None)
    maintenance.keep_house()
    member.refresh_from_db()
    assert (member.status, member.finished_at is not None) == ("cancelled", True)


def test_many_results_make_several_digests(hook, monkeypatch):
    monkeypatch.setattr(digests, "MAX_ITEMS", 3)
    for _ in range(7):
        collected(hook)
    assert digests.gather(timezone.now()) == 3
    sizes = [each.members.count() for each in Delivery.objects.filter(kind="digest")]
    assert sorted(sizes) == [3, 3]  # and the seventh as itself


def test_large_results_are_shortened_and_keep_their_fences_closed(hook):
    for _ in range(20):
        collected(hook, content="```python\n" + "x = 1\n" * 50_000 + "```")
    digests.gather(timezone.now())
    for digest in Delivery.objects.filter(kind="digest"):
        assert len(json.dumps(digest.payload)) < 600_000
        assert digest.payload["content"].count("```") % 2 == 0
        assert digest.payload["metadata"]["items"][0]["metadata"]["truncated"] is True
    assert Delivery.objects.filter(digest__isnull=False).count() == 20


def test_what_was_collected_for_a_webhook_that_is_gone_ends(hook):
    lost = [collected(hook), collected(hook)]
    Webhook.objects.all().delete()
    digests.gather(timezone.now())
    assert not Delivery.objects.filter(kind="digest").exists()
    assert lifecycle.claim(lost[0].id)


def test_two_housekeepers_make_one_digest(hook):
    for _ in range(2):
        collected(hook)
    assert digests.gather(timezone.now()) + digests.gather(timezone.now()) == 1


def test_one_digest_that_cannot_be_made_keeps_no_other_waiting(hook, caplog):
    for _ in range(2):
        collected(hook, payload={"odd": True})
        collected(make_shared_webhook(name="other"))
    fine = collected(hook)
    assert digests.gather(timezone.now()) == 5
    assert f"the digest of webhook {hook.pk}" in caplog.text
    assert digests.gather(timezone.now()) == 0
    assert claim(fine).collected_until is None


@pytest.mark.parametrize("name", sorted(FORMATTERS))
def test_every_format_can_say_a_digest(name, hook):
    collected(hook)
    collected(hook, status="failed")
    digests.gather(timezone.now())
    config = FormatConfig(
        url="mailto:ops@example.com", chat_id="-100", has_secret=True, body_template={"t": "{{content}}", "all": "{{items}}"}
    )  # fmt: skip
    messages = FORMATTERS[name].messages(NotificationPayload(**made().payload), config)
    assert "Well." in json.dumps(messages)

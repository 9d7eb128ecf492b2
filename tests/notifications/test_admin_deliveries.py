"""Deliveries and chat sessions in the admin."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from notifications.models import Attempt, ChatMessage, ChatSession, Delivery, Webhook
from tests.factories import make_delivery, make_user

pytestmark = pytest.mark.django_db
LIST = reverse("admin:notifications_delivery_changelist")


@pytest.fixture
def webhook() -> Webhook:
    return Webhook.objects.create(name="ops", url="https://example.com/T0PSECRET")


@pytest.fixture
def failed(webhook: Webhook) -> Delivery:
    delivery = make_delivery(
        webhook, status="failed", finished_at=timezone.now(), error="no_service"
    )
    Attempt.objects.create(
        delivery=delivery,
        number=1,
        started_at=timezone.now(),
        duration_ms=37,
        status_code=404,
        request_body='{"text":"<b>hi</b>"}',
        response="<script>no_service</script>",
        error="no_service",
    )
    return delivery


def staff(*codenames: str) -> Any:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def page_of(delivery: Delivery) -> str:
    return reverse("admin:notifications_delivery_change", args=[delivery.pk])


def verb(name: str, delivery: Delivery) -> str:
    return reverse(f"admin:notifications_delivery_{name}", args=[delivery.pk])


def test_a_delivery_shows_each_attempt_escaped_and_pretty(admin_client, failed):
    body = admin_client.get(page_of(failed)).content.decode()
    for text in ("no_service", "HTTP 404", "37 ms", "{\n  &quot;text&quot;"):
        assert text in body
    assert "&lt;script&gt;no_service" in body
    assert "<script>no_service" not in body
    assert "SECRET" not in body


def test_a_person_replays_a_failed_delivery_and_comes_back(client, failed):
    client.force_login(staff("view_delivery", "replay_delivery"))
    assert "Replay" in client.get(page_of(failed)).content.decode()
    answer = client.post(verb("replay", failed), {"next": "/admin/?a=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/?a=1")
    failed.refresh_from_db()
    assert (failed.status, failed.replayed) == ("pending", True)


@pytest.mark.parametrize(
    "where", ["https://attacker.example/", "//attacker.example", ""]
)
def test_nobody_is_led_away_to_another_host(admin_client, failed, where):
    answer = admin_client.post(verb("replay", failed), {"next": where})
    assert answer["Location"] == page_of(failed)


def test_a_waiting_delivery_is_cancelled(admin_client, webhook):
    delivery = make_delivery(webhook)
    assert "Cancel" in admin_client.get(page_of(delivery)).content.decode()
    admin_client.post(verb("cancel", delivery))
    delivery.refresh_from_db()
    assert delivery.status == "cancelled"


def test_what_the_state_does_not_allow_is_said(admin_client, webhook):
    delivery = make_delivery(webhook)
    answer = admin_client.post(verb("replay", delivery), follow=True)
    assert "still under way" in answer.content.decode()


@pytest.mark.parametrize("name", ["replay", "cancel"])
def test_a_viewer_neither_replays_nor_cancels(client, failed, name):
    client.force_login(staff("view_delivery", "change_delivery"))
    assert "Replay" not in client.get(page_of(failed)).content.decode()
    assert client.post(verb(name, failed)).status_code == 403
    failed.refresh_from_db()
    assert failed.status == "failed"


@pytest.mark.parametrize("name", ["replay", "cancel"])
def test_nothing_happens_by_get(admin_client, failed, name):
    assert admin_client.get(verb(name, failed)).status_code == 405


def test_a_delivery_whose_webhook_was_deleted_says_so(admin_client, failed, webhook):
    webhook.delete()
    body = admin_client.get(page_of(failed)).content.decode()
    assert "its webhook was deleted" in body


def test_the_list_costs_a_constant_number_of_queries(
    admin_client, webhook, django_assert_max_num_queries
):
    for _ in range(12):
        make_delivery(webhook)
    with django_assert_max_num_queries(9) as asked:
        assert admin_client.get(LIST).status_code == 200
    assert not any('"payload"' in query["sql"] for query in asked.captured_queries)


def test_a_delivery_is_found_by_its_run_its_task_and_its_webhook(admin_client, webhook):
    found = make_delivery(webhook, task_id="wanted-task")
    make_delivery(webhook, task_id="other", webhook_name="other")
    for words in (str(found.run_id), str(found.id), "wanted", "OPS"):
        page = admin_client.get(LIST, {"q": words})
        assert [row.pk for row in page.context["cl"].result_list] == [found.pk], words
    page = admin_client.get(LIST, {"q": str(uuid.uuid4())})
    assert list(page.context["cl"].result_list) == []


def test_the_list_is_narrowed_by_status_format_webhook_and_date(admin_client, failed):
    make_delivery(failed.webhook)
    for narrow in (
        {"status__exact": "failed"},
        {"format": "raw", "status__exact": "failed"},
        {"webhook__id__exact": failed.webhook_id, "status__exact": "failed"},
        {"webhook_name__icontains": "op", "status__exact": "failed"},
        {"created_at_from": "2000-01-01", "status__exact": "failed"},
    ):
        page = admin_client.get(LIST, narrow)
        assert [row.pk for row in page.context["cl"].result_list] == [failed.pk], narrow
    page = admin_client.get(LIST, {"created_at_to": "2000-01-01"})
    assert list(page.context["cl"].result_list) == []


# -- chat sessions


def test_a_session_shows_its_conversation_and_no_markup_of_strangers(admin_client):
    user = make_user(username="linh")
    session = ChatSession.objects.create(user_id=str(user.pk), title="Morning report")
    for role, content in (
        ("user", "Report."),
        ("assistant", "**Up** <script>alert(1)</script> [x](javascript:alert(1))"),
    ):
        ChatMessage.objects.create(session=session, role=role, content=content)
    page = reverse("admin:notifications_chatsession_change", args=[session.pk])
    body = admin_client.get(page).content.decode()
    assert "linh" in body
    assert "<strong>Up</strong>" in body
    assert "<script>alert" not in body
    assert 'href="javascript' not in body


def test_sessions_are_listed_with_the_names_of_their_users(
    admin_client, django_assert_max_num_queries
):
    for number in range(12):
        user = make_user(username=f"reader-{number}")
        ChatSession.objects.create(user_id=str(user.pk), title="T")
    ChatSession.objects.create(user_id="stranger", title="T", read_at=timezone.now())
    page = reverse("admin:notifications_chatsession_changelist")
    with django_assert_max_num_queries(10):
        body = admin_client.get(page).content.decode()
    assert "reader-11" in body
    assert "stranger" in body
    unread = admin_client.get(page, {"read": "no"}).content.decode()
    assert "stranger" not in unread


def test_replay_takes_no_name_of_a_view_for_the_way_back(admin_client, failed):
    """`redirect` would look it up, and fail."""
    answer = admin_client.post(verb("replay", failed), {"next": "nowhere"})
    assert (answer.status_code, answer["Location"]) == (302, "nowhere")


def test_one_whose_webhook_is_switched_off_says_so_instead_of_offering_a_replay(
    admin_client, failed, webhook
):
    type(webhook).objects.update(active=False)
    page = reverse("admin:notifications_delivery_change", args=[failed.pk])
    body = admin_client.get(page).content.decode()
    assert "its webhook is switched off" in body
    assert verb("replay", failed) not in body


def test_the_attempts_of_a_replay_say_so(admin_client, failed):
    failed.attempts.all().delete()
    Attempt.objects.create(
        delivery=failed, number=1, trigger="manual", started_at=timezone.now()
    )
    page = reverse("admin:notifications_delivery_change", args=[failed.pk])
    assert "replay, attempt 1" in admin_client.get(page).content.decode()


def chosen(*deliveries: Delivery, **more: str) -> dict[str, Any]:
    keys = [str(each.pk) for each in deliveries]
    return {"action": "replay", "_selected_action": keys, **more}


def test_replaying_several_asks_first_how_many_and_what(admin_client, webhook, failed):
    now = timezone.now()
    chat = Webhook.objects.create(name="chat", format="slack", url="https://x.example/")
    doubt = make_delivery(chat, status="unknown", finished_at=now)
    waits = make_delivery(webhook)
    body = admin_client.post(LIST, chosen(failed, doubt, waits)).content.decode()
    assert "Replay 2 deliveries?" in body
    assert "1 of them may have arrived in a chat" in body
    assert "1 other is left out" in body
    assert not Delivery.objects.filter(replayed=True).exists()


def test_all_that_the_filters_find_are_replayed_after_the_question(
    admin_client, webhook
):
    for _ in range(3):
        make_delivery(webhook, status="failed", finished_at=timezone.now())
    arrived = make_delivery(webhook, status="delivered", finished_at=timezone.now())
    (first, *_) = Delivery.objects.filter(status="failed")
    page = f"{LIST}?status__exact=failed"
    asked = admin_client.post(page, chosen(first, select_across="1"))
    assert "Replay 3 deliveries?" in asked.content.decode()
    admin_client.post(page, chosen(first, select_across="1", post="yes"))
    assert Delivery.objects.filter(status="pending", replayed=True).count() == 3
    arrived.refresh_from_db()
    assert arrived.status == "delivered"


def test_what_is_in_doubt_is_marked_as_arrived_by_who_may_replay(client, webhook):
    delivery = make_delivery(webhook, status="unknown", finished_at=timezone.now())
    client.force_login(staff("view_delivery", "replay_delivery"))
    assert "It has arrived" in client.get(page_of(delivery)).content.decode()
    client.post(verb("mark_arrived", delivery))
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_a_digest_and_what_it_tells_of_lead_to_each_other(admin_client, webhook):
    digest = make_delivery(webhook, kind="digest", run_id=None)
    member = make_delivery(webhook, digest=digest)
    Delivery.objects.filter(pk=digest.pk).update(run_id=None, task_id="")
    assert page_of(member) in admin_client.get(page_of(digest)).content.decode()
    assert page_of(digest) in admin_client.get(page_of(member)).content.decode()

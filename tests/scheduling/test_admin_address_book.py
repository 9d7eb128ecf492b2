"""The address book in the admin: webhooks that many tasks use."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from notifications import ssrf
from notifications.models import ChatSession, Webhook
from notifications.signing import generate_secret
from scheduling.models import ScheduledTask
from tests.factories import (
    make_delivery,
    make_member,
    make_run,
    make_shared_webhook,
    make_task,
    make_webhook,
)

pytestmark = pytest.mark.django_db
LIST = reverse("admin:notifications_webhook_changelist")
ADD = reverse("admin:notifications_webhook_add")
CHANNELS = reverse("admin:notifications_webhook_channels")
URL = "https://example.com/hooks/T0PSECRET"


def page(webhook: Webhook, name: str = "change") -> str:
    return reverse(f"admin:notifications_webhook_{name}", args=[webhook.pk])


def sent(**changes: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "name": "Team", "format": "discord", "url": URL, "notify_on": "always", "active": "on",
        "obeys_silence": "on", "headers-shown": "1", "digest_seconds_0": "", "digest_seconds_1": "60",
    } | changes  # fmt: skip


def faults(answer: Any) -> dict[str, Any]:
    errors: dict[str, Any] = answer.context["adminform"].form.errors
    return errors


def test_what_is_added_is_stored_with_its_rule_and_shown_without_its_secrets(
    admin_client,
):
    rule = {
        "notify_on": "change", "first_of_streak": "on", "quiet_from": "22:00", "quiet_until": "7:00",
        "digest_seconds_0": "2", "digest_seconds_1": "3600", "timezone": "Asia/Ho_Chi_Minh",
        "changed_fields": "signal.score\n\n ticker ", "condition": "score > `0.7`",
        "options": '{"max_messages": 3}', "for_alerts": "on",
    }  # fmt: skip
    answer = admin_client.post(ADD, sent(**rule))
    assert answer.status_code == 302, faults(answer)
    webhook = Webhook.objects.get()
    assert (webhook.url, webhook.digest_seconds, webhook.for_alerts) == (URL, 7200, True)  # fmt: skip
    assert webhook.changed_fields == ["signal.score", "ticker"]
    assert webhook.options == {"max_messages": 3}
    body = admin_client.get(page(webhook)).content.decode()
    body += admin_client.get(LIST).content.decode()
    assert "T0PSECRET" not in body
    assert "https://example.com/…" in body
    words = "Only when this has changed: signal.score, ticker, the first of a streak, if score &gt; `0.7`; quiet 22:00–07:00; digest of 2 hours (Asia/Ho_Chi_Minh)"  # fmt: skip
    assert words in body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"format": "telegram"}, "chat_id"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "half past"}, "quiet_from"),
        ({"condition": "score >"}, "condition"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"options": "[1]"}, "options"),
        ({"options": '{"max_messages": 0}'}, "options"),
        ({"format": "standard"}, "signing_secret"),
        ({"format": "standard", "signing_secret": "short"}, "signing_secret"),
        ({"digest_seconds_0": "1", "digest_at": "18:00"}, "digest_at"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_its_group_is_open(
    admin_client, changes, field
):
    answer = admin_client.post(ADD, sent(**changes))
    assert answer.status_code == 200
    assert field in faults(answer)
    shown = answer.context["adminform"].fieldsets
    group = next(given for _name, given in shown if field in str(given["fields"]))
    assert "collapse" not in group.get("classes", ())
    assert not Webhook.objects.exists()


def test_a_signing_secret_is_kept_changed_and_forgotten(admin_client):
    old = generate_secret()
    webhook = make_shared_webhook(signing_secret=old)
    admin_client.post(page(webhook), sent(url="", format="raw"))
    webhook.refresh_from_db()
    assert webhook.signing_secret == old
    body = admin_client.get(page(webhook)).content.decode()
    assert old not in body
    assert "One is stored." in body
    admin_client.post(page(webhook), sent(url="", format="raw", forget_secret="on"))
    webhook.refresh_from_db()
    assert webhook.signing_secret == ""


def test_a_new_secret_is_shown_once(admin_client):
    webhook = make_shared_webhook(format="standard", signing_secret=generate_secret())
    answer = admin_client.post(page(webhook, "rotate"))
    webhook.refresh_from_db()
    assert webhook.signing_secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert webhook.signing_secret not in admin_client.get(page(webhook)).content.decode()  # fmt: skip
    chat = make_shared_webhook(format="discord")
    assert admin_client.post(page(chat, "rotate")).status_code == 302


def test_one_is_switched_on_with_what_it_missed(admin_client):
    now = timezone.now()
    webhook = make_shared_webhook(active=False, disabled_reason="gone", failing_since=now)  # fmt: skip
    missed = make_delivery(webhook, status="failed", finished_at=timezone.now())
    assert "replay 1 delivery" in admin_client.get(page(webhook)).content.decode()
    admin_client.post(page(webhook, "switch_on"), {"replay": "1"})
    missed.refresh_from_db()
    webhook.refresh_from_db()
    assert (missed.status, webhook.active, webhook.failing_since) == ("pending", True, None)  # fmt: skip


def test_its_page_and_its_end_say_which_tasks_use_it(admin_client):
    webhook = make_shared_webhook(name="Team")
    reporting, alerted = make_task(name="Morning"), make_task(name="Evening", alert_webhook=webhook)  # fmt: skip
    reporting.shared_webhooks.add(webhook)
    for address in (page(webhook), page(webhook, "delete")):
        body = admin_client.get(address).content.decode()
        for task in (reporting, alerted):
            link = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
            assert link in body, address
    admin_client.post(page(webhook, "delete"), {"post": "yes"})
    alerted.refresh_from_db()
    assert (alerted.alert_webhook_id, reporting.shared_webhooks.count()) == (None, 0)


def test_a_lost_key_takes_neither_list_nor_pages_with_it(admin_client):
    webhook = make_shared_webhook(url=URL)
    task = make_task(alert_webhook=webhook)
    task.shared_webhooks.add(webhook)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notifications_webhook SET url='enc1:bad', headers='enc1:bad', signing_secret='enc1:bad', previous_secret='enc1:bad'")  # fmt: skip
    of_task = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    channels = f"{CHANNELS}?task={task.pk}"
    for address in (LIST, page(webhook), of_task, channels):
        assert admin_client.get(address).status_code == 200, address
    assert "FIELD_ENCRYPTION_KEYS" in str(faults(admin_client.post(page(webhook), sent(url="")))["url"])  # fmt: skip


def test_the_list_asks_a_constant_number_of_questions(
    admin_client, django_assert_max_num_queries
):
    for number in range(12):
        webhook = make_shared_webhook(name=f"Team {number}")
        make_task().shared_webhooks.add(webhook)
        make_delivery(webhook)
    with django_assert_max_num_queries(9):
        admin_client.get(LIST)


def test_an_operator_tests_what_is_stored_and_changes_nothing(client, monkeypatch):
    webhook = make_shared_webhook(url=URL)
    client.force_login(make_member("operators"))
    body = client.get(page(webhook)).content.decode()
    assert "Send test" in body
    assert "T0PSECRET" not in body
    edited = {"webhook": webhook.pk, "in_form": "1", **sent()}
    test = reverse("admin:notifications_webhook_test")
    assert client.post(test, edited).status_code == 403


# -- on the page of a task


def test_a_task_takes_webhooks_of_the_book_and_a_version_says_so(admin_client):
    team, alerts = make_shared_webhook(name="Team"), make_shared_webhook(name="Alerts")
    task = make_task()
    url = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    form = admin_client.get(url).context["adminform"].form
    data = {
        name: "" if value is None else value for name, value in form.initial.items()
    }
    data |= {"weekdays": [], "month_days": "", "excluded_dates": "", "tags": [], "agent_options": ""}  # fmt: skip
    data |= {"shared_webhooks": [team.pk], "alert_webhook": alerts.pk, "alert_after_failures": ""}  # fmt: skip
    for prefix in ("dependencies", "webhooks", "event_triggers"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    answer = admin_client.post(url, data)
    assert answer.status_code == 302, faults(answer)
    task.refresh_from_db()
    assert list(task.shared_webhooks.all()) == [team]
    assert (task.alert_webhook_id, task.alert_after_failures) == (alerts.pk, 3)
    versions = reverse("admin:scheduling_scheduledtask_version", args=[task.pk, task.version])  # fmt: skip
    body = admin_client.get(versions).content.decode()
    assert f"Team ({team.pk})" in body


def test_a_viewer_sees_where_a_task_reports_to(client):
    webhook = make_shared_webhook(name="Team", url=URL)
    task = make_task(alert_webhook=webhook)
    task.shared_webhooks.add(webhook)
    client.force_login(make_member("viewers"))
    url = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    body = client.get(url).content.decode()
    assert body.count(page(webhook)) == 2
    assert "T0PSECRET" not in body


# -- names are looked up before the database waits


def test_hosts_that_are_sent_are_looked_up_before_the_transaction(
    admin_client, monkeypatch
):
    asked: list[tuple[str, bool]] = []
    real = ssrf.lookup

    def lookup(host: str, port: int) -> Any:
        asked.append((host, connection.in_atomic_block and len(connection.savepoint_ids) > 0))  # fmt: skip
        return real("93.184.216.34", port)

    monkeypatch.setattr(ssrf, "lookup", lookup)
    assert admin_client.post(ADD, sent(url="https://new.example/x")).status_code == 302
    assert asked == [("new.example", False)]
    webhook = Webhook.objects.get()
    admin_client.post(page(webhook), sent(url="", name="Crew"))
    assert len(asked) == 1, "a URL that stays was judged when it was written"


# -- what every channel would get


@pytest.fixture
def told() -> ScheduledTask:
    task = make_task()
    make_webhook(
        task, name="Ops", format="telegram", chat_id="-100", notify_on="failure"
    )
    done = {"started_at": "2026-01-05T00:00Z", "finished_at": "2026-01-05T00:00Z"}
    make_run(task, status="succeeded", output="All <b>well</b>. " * 400, **done)
    return task


def test_every_format_is_shown_with_its_sizes_and_the_rules_verdict(admin_client, told):
    run = told.runs.get()
    channels: dict[str, Any] = {}
    for query in ({"task": told.pk}, {"run": str(run.pk)}):
        answer = admin_client.get(CHANNELS, query)
        body = answer.content.decode()
        channels = {each.webhook.format: each for each in answer.context["channels"]}
        assert {"raw", "discord", "slack", "telegram", "teams", "email"} <= set(
            channels
        )
        telegram = channels["telegram"]
        assert not telegram.is_example
        assert telegram.sizes.messages > 1
        assert telegram.sizes.text <= telegram.sizes.most_text == 4096
        assert "does not ask for" in telegram.reason
        assert "All <b>well</b>" not in body
        assert 'sandbox=""' in body
    assert not [each.problem for each in channels.values() if each.problem]


def test_the_mail_stands_whole_in_its_frame(admin_client, told):
    page = admin_client.get(CHANNELS, {"task": told.pk}).content.decode()
    frame = page.partition(' srcdoc="')[2].partition('"')[0]
    assert unescape(frame).rstrip().endswith("</html>")
    assert "All <b>well" not in unescape(frame)


def test_what_is_shown_leads_to_the_session_as_what_is_sent_does(
    admin_client, told, configure
):
    configure("NOTIFICATIONS", public_url="https://backbeat.example")
    run = told.runs.get()
    told.runs.update(user_id="45")
    session = ChatSession.objects.create(run_id=run.id, user_id="45")
    page = admin_client.get(CHANNELS, {"run": str(run.pk)}).content.decode()
    assert f"https://backbeat.example/sessions/{session.pk}/" in page


def test_without_a_run_it_is_a_sample_and_a_wrong_one_is_not_found(admin_client):
    assert "sample text" in admin_client.get(CHANNELS).content.decode()
    for wrong in ("x", "0c0ffee0-0000-0000-0000-000000000000"):
        assert admin_client.get(CHANNELS, {"run": wrong}).status_code == 404


def test_a_preview_of_one_webhook_says_what_its_rule_says(admin_client, told):
    webhook = told.webhooks.get()
    preview = reverse("admin:scheduling_taskwebhook_preview")
    body = admin_client.post(preview, {"webhook": webhook.pk}).content.decode()
    assert "Its rule would not send this:" in body
    assert "of 4096 characters" in body


def test_the_book_previews_what_stands_in_its_form(admin_client):
    preview = reverse("admin:notifications_webhook_preview")
    data = sent(format="template", body_template=json.dumps({"a": "{{task_name}}"}))
    body = admin_client.post(preview, data | {"in_form": "1"}).content.decode()
    assert "Morning report" in body

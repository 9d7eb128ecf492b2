"""The address book in the API: for staff; tasks name what they share."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from notifications import preview
from notifications.models import Webhook
from notifications.signing import generate_secret
from scheduling.models import ScheduledTask
from tests.factories import make_delivery, make_run, make_shared_webhook, make_task
from tests.scheduling.api.conftest import TASKS, client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agent")]

BOOK = "/v2/admin/webhooks/"
TEAM = {
    "name": "Team", "format": "discord", "url": "https://example.com/hooks/T0PSECRET",
    "notify_on": "change", "changed_fields": ["score"], "quiet_from": "22:00",
    "quiet_until": "07:00:00", "digest_at": "18:00", "timezone": "Asia/Ho_Chi_Minh",
    "for_alerts": True, "options": {"max_messages": 3},
}  # fmt: skip


def test_what_is_written_is_shown_masked_and_changed_field_by_field(staff):
    client = client_of(staff)
    made = client.post(BOOK, TEAM)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert made["Location"] == f"{BOOK}{shown['id']}/"
    assert shown["url"] == "https://example.com/…"
    assert (shown["quiet_from"], shown["quiet_until"]) == ("22:00", "07:00")
    assert "quiet 22:00–07:00; daily digest at 18:00" in shown["rule_in_words"]
    answer = client.patch(made["Location"], {"url": shown["url"], "name": "Crew"})
    assert answer.status_code == 200, answer.content
    stored = Webhook.objects.get()
    assert (stored.name, stored.url) == ("Crew", TEAM["url"])
    assert stored.options == {"max_messages": 3}
    assert "T0PSECRET" not in made.content.decode() + answer.content.decode()
    assert client.get(BOOK).json()["count"] == 1
    assert client.delete(made["Location"]).status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "http://127.0.0.1/x"}, "url"),
        ({"format": "telegram"}, "chat_id"),
        ({"format": "nothing"}, "format"),
        ({"quiet_until": None}, "quiet_until"),
        ({"condition": "score >"}, "condition"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"signing_secret": "••••"}, "signing_secret"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_a_400_that_names_the_field(staff, fields, field):
    answer = client_of(staff).post(BOOK, TEAM | fields)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]


def test_a_webhook_of_a_task_is_not_in_the_book(staff):
    task = make_task()
    own = task.webhooks.create(name="own", url="https://example.com/x")
    assert client_of(staff).get(f"{BOOK}{own.pk}/").status_code == 404


def test_the_secret_of_a_tasks_own_webhook_is_changed_there_too(staff):
    own = make_task().webhooks.create(
        name="own", url="https://example.com/x", format="standard"
    )
    answer = client_of(staff).post(f"{BOOK}{own.pk}/rotate-secret")
    assert answer.status_code == 200, answer.content
    own.refresh_from_db()
    assert answer.json()["signing_secret"] == own.signing_secret


def test_a_new_secret_is_told_once_and_the_old_one_signs_on(staff):
    old = generate_secret()
    webhook = make_shared_webhook(format="standard", signing_secret=old)
    answer = client_of(staff).post(f"{BOOK}{webhook.pk}/rotate-secret")
    assert answer.status_code == 200, answer.content
    webhook.refresh_from_db()
    assert answer.json()["signing_secret"] == webhook.signing_secret != old
    assert webhook.previous_secret == old
    shown = client_of(staff).get(f"{BOOK}{webhook.pk}/").json()
    assert shown["signing_secret"] == "••••"
    chat = make_shared_webhook(format="discord")
    refused = client_of(staff).post(f"{BOOK}{chat.pk}/rotate-secret")
    assert refused.status_code == 409


def test_one_is_switched_on_with_what_it_missed(staff):
    now = timezone.now()
    webhook = make_shared_webhook(
        active=False, disabled_reason="gone", failing_since=now
    )
    missed = make_delivery(webhook, status="failed", finished_at=timezone.now())
    answer = client_of(staff).post(f"{BOOK}{webhook.pk}/switch-on", {"replay": True})
    assert answer.json() == {"switched": True, "replayed": 1}
    missed.refresh_from_db()
    assert missed.status == "pending"


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ({"condition": "score >"}, "condition"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"changed_fields": ["a["]}, "changed_fields"),
        ({"timezone": "Mars/X"}, "timezone"),
    ],
)
def test_a_rule_that_cannot_be_saved_is_not_previewed(staff, setting, field):
    answer = client_of(staff).post(f"{BOOK}preview", {"format": "raw", **setting})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {field}


def test_a_preview_gives_the_bodies_their_sizes_and_the_verdict(staff):
    task = make_task()
    done = {"started_at": "2026-01-05T00:00Z", "finished_at": "2026-01-05T00:00Z"}
    make_run(task, status="succeeded", output="All well.", created_at="2026-01-04T00:00Z", **done)  # fmt: skip
    run = make_run(task, status="succeeded", output="All well.", **done)
    client = client_of(staff)
    asked = {"format": "telegram", "chat_id": "-100", "notify_on": "change"}
    answer = client.post(f"{BOOK}preview", asked | {"run_id": str(run.id)})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert "All well." in body["messages"][0]["text"]
    assert body["sizes"]["most_text"] == 4096
    assert body["verdict"]["why"] == "unchanged"
    sample = client.post(f"{BOOK}preview", {"format": "raw"}).json()
    assert sample["verdict"] is None
    stored = make_shared_webhook(format="slack")
    kept = client.post(f"{BOOK}{stored.pk}/preview", {"run_id": str(run.id)})
    assert kept.json()["verdict"]["tells"] is True
    wrong = client.post(f"{BOOK}preview", {"format": "telegram"})
    assert "chat_id" in wrong.json()["errors"]
    lost = client.post(f"{BOOK}preview", {"format": "raw", "run_id": str(uuid.uuid4())})
    assert "run_id" in lost.json()["errors"]


def test_a_test_message_says_what_came_of_it(staff, monkeypatch):
    webhook = make_shared_webhook()
    result = preview.TestResult(
        arrived=True, status=200, answer="ok", reason="", in_doubt=False, duration_ms=3, body="{}"
    )  # fmt: skip
    monkeypatch.setattr(preview, "send_test", lambda _webhook: result)
    answer = client_of(staff).post(f"{BOOK}{webhook.pk}/test")
    assert answer.json()["arrived"] is True
    assert "body" not in answer.json()


# -- what tasks share


DAILY = {
    "name": "Morning", "agent_id": "simplize", "input_message": "Report.",
    "schedule_type": "daily", "schedule_time": "07:00",
}  # fmt: skip


def test_staff_let_a_task_share_and_everybody_sees_it(staff, person):
    team, alerts = make_shared_webhook(), make_shared_webhook()
    fields = {
        "shared_webhooks": [team.pk, team.pk],
        "alert_webhook": alerts.pk,
        "alert_after_failures": 5,
    }
    made = client_of(staff).post(TASKS, DAILY | fields)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert shown["shared_webhooks"] == [team.pk]
    assert (shown["alert_webhook"], shown["alert_after_failures"]) == (alerts.pk, 5)
    kept = client_of(staff).patch(made["Location"], {"name": "Evening"}).json()
    assert kept["shared_webhooks"] == [team.pk]
    copy = client_of(staff).post(f"{made['Location']}clone").json()
    assert (copy["shared_webhooks"], copy["alert_webhook"]) == ([team.pk], alerts.pk)
    book = client_of(staff).get(f"{BOOK}{team.pk}/").json()
    assert sorted(book["tasks"]) == sorted([shown["id"], copy["id"]])


def test_others_keep_what_staff_shared_and_add_nothing(person):
    team, other = make_shared_webhook(), make_shared_webhook()
    task = make_task(owner=person, alert_webhook=team)
    task.shared_webhooks.add(team)
    page, client = f"{TASKS}{task.pk}/", client_of(person)
    for fields, field in (
        ({"shared_webhooks": [team.pk, other.pk]}, "shared_webhooks"),
        ({"alert_webhook": other.pk}, "alert_webhook"),
    ):
        refused = client.patch(page, fields)
        assert refused.status_code == 400
        assert "Only staff" in refused.json()["errors"][field][0]
    same = {"shared_webhooks": [team.pk], "alert_webhook": team.pk}
    assert client.patch(page, same).status_code == 200
    copy = client.post(f"{page}clone")
    assert copy.status_code == 201, copy.content
    assert copy.json()["shared_webhooks"] == [team.pk]
    fewer = client.patch(page, {"shared_webhooks": [], "alert_webhook": None})
    assert fewer.status_code == 200, fewer.content
    task.refresh_from_db()
    assert (task.shared_webhooks.count(), task.alert_webhook) == (0, None)


@pytest.mark.parametrize("field", ["shared_webhooks", "alert_webhook"])
def test_only_what_the_book_has_can_be_shared(staff, field):
    task = make_task()
    own = task.webhooks.create(name="own", url="https://example.com/x")
    for key in (own.pk, 987_654):
        value = [key] if field == "shared_webhooks" else key
        answer = client_of(staff).patch(f"{TASKS}{task.pk}/", {field: value})
        assert answer.status_code == 400
        assert field in answer.json()["errors"]


def test_a_version_brings_back_what_a_task_shared(staff):
    team = make_shared_webhook(name="Team")
    page = client_of(staff).post(TASKS, DAILY | {"shared_webhooks": [team.pk], "alert_webhook": team.pk})["Location"]  # fmt: skip
    client = client_of(staff)
    client.patch(page, {"shared_webhooks": [], "alert_webhook": None})
    diff = client.get(f"{page}versions/1/diff").json()
    assert {"shared_webhooks", "alert_webhook"} <= {each["field"] for each in diff["changes"]}  # fmt: skip
    assert client.post(f"{page}versions/1/revert").status_code == 200
    task = ScheduledTask.objects.get()
    assert list(task.shared_webhooks.all()) == [team]
    team.delete()
    client.patch(page, {"name": "Evening"})
    refused = client.post(f"{page}versions/1/revert")
    assert {"shared_webhooks", "alert_webhook"} <= set(refused.json()["errors"])


def test_a_webhook_with_every_setting_survives_a_revert(staff):
    rule = {name: value for name, value in TEAM.items() if name != "for_alerts"}
    client = client_of(staff)
    page = client.post(TASKS, DAILY | {"webhooks": [rule]})["Location"]
    client.patch(page, {"webhooks": []})
    answer = client.post(f"{page}versions/1/revert")
    assert answer.status_code == 200, answer.content
    (webhook,) = answer.json()["webhooks"]
    assert {name: webhook[name] for name in ("quiet_from", "digest_at", "changed_fields")} == {
        "quiet_from": "22:00", "digest_at": "18:00", "changed_fields": ["score"],
    }  # fmt: skip

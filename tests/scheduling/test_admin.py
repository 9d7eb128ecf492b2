"""The admin, as its pages come to a browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from notifications.models import ChatMessage, ChatSession
from scheduling.models import Agent, Run, ScheduledTask, TaskWebhook
from tests.factories import (
    make_agent,
    make_delivery,
    make_task,
    make_user,
    make_webhook,
)
from tests.scheduling.test_run_lifecycle import make

pytestmark = pytest.mark.django_db
OURS = ("scheduling", "notifications", "signals")
SECRETS = {
    "url": "https://api.telegram.org/bot123:T0PSECRET/sendMessage",
    "headers": {"X-Key": "H3ADERSECRET"},
}


@pytest.fixture
def filled():
    """A row of every kind, with secrets."""
    agent = make_agent(credentials={"api_key": "K3YSECRET"})
    task = make_task(agent=agent, target_user_id="45")
    webhook = make_webhook(task, **SECRETS)
    run = make("failed", task, error="boom")
    delivery = make_delivery(webhook, run_id=run.id)
    session = ChatSession.objects.create(user_id="45", run_id=run.id, title="T")
    ChatMessage.objects.create(session=session, role="user", content="hi")
    return {type(each): each for each in (agent, task, webhook, run, delivery, session)}


def registered() -> list[Any]:
    return [
        model
        for model in apps.get_models()
        if admin.site.is_registered(model) and model._meta.app_label in OURS
    ]


def page(model: Any, name: str, *args: Any) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def test_the_models_that_people_work_with_are_registered():
    assert {Agent, ScheduledTask, Run} <= set(registered())


@pytest.mark.parametrize("name", ["changelist", "add"])
def test_every_list_and_form_opens_and_shows_no_secret(admin_client, filled, name):
    for model in registered():
        if name == "add" and not _may_add(model):
            continue
        answer = admin_client.get(page(model, name))
        assert answer.status_code == 200, model
        assert "SECRET" not in answer.content.decode()


def _may_add(model: Any) -> bool:
    return model in (Agent, ScheduledTask)


def test_every_row_opens_and_shows_no_secret(admin_client, filled):
    shown = 0
    for model in registered():
        if model in filled:
            answer = admin_client.get(page(model, "change", filled[model].pk))
            assert answer.status_code == 200, model
            assert "SECRET" not in answer.content.decode()
            shown += 1
    assert shown >= 4


def test_what_is_stored_is_named_but_masked(admin_client, filled):
    body = admin_client.get(
        page(ScheduledTask, "change", filled[ScheduledTask].pk)
    ).content.decode()
    assert "https://api.telegram.org/…" in body
    assert "X-Key" in body


def form_of(answer: Any) -> dict[str, Any]:
    """What a browser would send back, unchanged."""
    forms = [answer.context["adminform"].form]
    for inline in answer.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for field in form:
            sent |= values_of(field)
    return sent


def values_of(field: Any) -> dict[str, Any]:
    widget, value = field.field.widget, field.value()
    if getattr(widget, "input_type", "") == "password":
        return {field.html_name: ""}  # a browser is given none to send back
    if hasattr(widget, "decompress"):
        parts = enumerate(widget.decompress(value))
        return {f"{field.html_name}_{n}": part for n, part in parts if part is not None}
    if value is None or value is False:
        return {}
    return {field.html_name: "on" if value is True else value}


def test_saving_a_task_with_blank_secrets_keeps_them(admin_client, filled):
    task = filled[ScheduledTask]
    url = page(ScheduledTask, "change", task.pk)
    sent = form_of(admin_client.get(url)) | {"name": "Renamed"}
    assert sent["webhooks-0-url"] == ""
    answer = admin_client.post(url, sent)
    assert answer.status_code == 302, answer.context["errors"]
    task.refresh_from_db()
    webhook = TaskWebhook.objects.get()
    assert task.name == "Renamed"
    assert (webhook.url, webhook.headers) == (SECRETS["url"], SECRETS["headers"])
    assert task.next_run_at is None or task.next_run_at > timezone.now()


def test_saving_a_task_with_new_secrets_changes_them(admin_client, filled):
    url = page(ScheduledTask, "change", filled[ScheduledTask].pk)
    sent = form_of(admin_client.get(url)) | {
        "webhooks-0-url": "https://example.com/new",
        "webhooks-0-headers-shown": "1",
    }
    assert admin_client.post(url, sent).status_code == 302
    webhook = TaskWebhook.objects.get()
    assert (webhook.url, webhook.headers) == ("https://example.com/new", {})


def test_a_wrong_schedule_is_shown_at_its_field(admin_client, filled):
    url = page(ScheduledTask, "change", filled[ScheduledTask].pk)
    sent = form_of(admin_client.get(url)) | {"timezone": "Mars/Olympus"}
    answer = admin_client.post(url, sent)
    assert answer.status_code == 200
    assert "timezone" in answer.context["adminform"].form.errors


def test_a_slow_form_cannot_undo_a_slot_that_fired_meanwhile(admin_client):
    task = make_task(next_run_at=timezone.now() + timedelta(hours=1))
    url = page(ScheduledTask, "change", task.pk)
    sent = form_of(admin_client.get(url))
    later = timezone.now() + timedelta(hours=2)
    ScheduledTask.objects.update(next_run_at=later, run_count=7)
    admin_client.post(url, sent)
    task.refresh_from_db()
    assert (task.next_run_at, task.run_count) == (later, 7)


def test_an_id_cannot_be_changed_into_a_second_task(admin_client, filled):
    task = filled[ScheduledTask]
    url = page(ScheduledTask, "change", task.pk)
    sent = form_of(admin_client.get(url)) | {"id": "another"}
    admin_client.post(url, sent)
    assert [each.pk for each in ScheduledTask.objects.all()] == [task.pk]


def test_a_task_made_in_the_form_is_planned(admin_client):
    make_agent()
    url = page(ScheduledTask, "add")
    sent = form_of(admin_client.get(url)) | {
        "id": "new",
        "name": "New",
        "agent": "echo",
        "input_message": "Report.",
        "schedule_type": "interval",
        "interval_seconds_0": "60",
        "interval_seconds_1": "1",
    }
    answer = admin_client.post(url, sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert ScheduledTask.objects.get().next_run_at > timezone.now()


# -- actions


def act(client: Any, model: Any, action: str, *keys: Any, **sent: Any) -> str:
    answer = client.post(
        page(model, "changelist"),
        {"action": action, "_selected_action": keys} | sent,
        follow=True,
    )
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_run_now_queues_a_run_of_the_person(admin_client, admin_user):
    task = make_task()
    act(admin_client, ScheduledTask, "run_now", task.pk)
    assert not task.runs.exists()  # it asks first
    url = page(ScheduledTask, "confirm_run", task.pk)
    assert admin_client.post(url).status_code == 302
    run = task.runs.get()
    assert (run.status, run.trigger, run.requested_by) == (
        "queued",
        "manual",
        admin_user,
    )


def test_pause_and_resume(admin_client):
    task = make_task()
    act(admin_client, ScheduledTask, "pause", task.pk, post="yes")
    task.refresh_from_db()
    assert not task.active
    act(admin_client, ScheduledTask, "resume", task.pk)
    task.refresh_from_db()
    assert task.active


def test_deleting_tasks_keeps_their_runs(admin_client):
    task = make_task()
    run = make("succeeded", task)
    answer = admin_client.post(
        page(ScheduledTask, "changelist"),
        {"action": "delete_selected", "_selected_action": task.pk, "post": "yes"},
    )
    assert answer.status_code == 302
    assert not ScheduledTask.objects.exists()
    run.refresh_from_db()
    assert run.task_ref == task.id


def test_runs_can_be_cancelled_and_rerun_and_a_conflict_is_told(admin_client):
    queued, done = make("queued"), make("succeeded")
    body = act(admin_client, Run, "cancel", queued.pk, done.pk)
    assert "Cancelling 1" in body
    assert "already ended" in body
    queued.refresh_from_db()
    assert queued.status == "cancelled"
    act(admin_client, Run, "rerun", done.pk)
    assert done.reruns.get().status == "queued"


def test_who_may_only_look_at_runs_cannot_cancel_them(client):
    viewer = make_user(is_staff=True)
    viewer.user_permissions.add(
        Permission.objects.get(
            codename="view_run", content_type__app_label="scheduling"
        )
    )
    client.force_login(viewer)
    run = make("queued")
    act(client, Run, "cancel", run.pk)
    run.refresh_from_db()
    assert run.status == "queued"


# -- a lost key


@pytest.fixture
def locked(filled):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE scheduling_agent SET credentials='enc1:bad'")
    return filled[Agent]


def test_an_agent_whose_key_is_lost_takes_no_page_with_it(admin_client, filled, locked):
    for url in (
        page(Agent, "changelist"),
        page(ScheduledTask, "changelist"),
        page(Run, "changelist"),
        page(ScheduledTask, "change", filled[ScheduledTask].pk),
        page(Agent, "change", locked.pk),
    ):
        assert admin_client.get(url).status_code == 200, url


# -- secrets stay where they were given for


def test_stored_headers_do_not_follow_to_another_origin(admin_client, filled):
    url = page(ScheduledTask, "change", filled[ScheduledTask].pk)
    sent = form_of(admin_client.get(url))
    sent |= {"webhooks-0-url": "https://attacker.example/", "webhooks-0-headers": ""}
    refused = admin_client.post(url, sent)
    assert refused.status_code == 200
    inlines = [each.formset for each in refused.context["inline_admin_formsets"]]
    webhooks = next(each for each in inlines if each.prefix == "webhooks")
    assert "X-Key" in str(webhooks.errors[0]["headers"])
    assert TaskWebhook.objects.get().url == SECRETS["url"]


# -- lists


@pytest.mark.parametrize(
    "spoiled",
    [{"timezone": "Mars/Olympus"}, {"weekdays": 5}, {"weekdays": ["x", None]}],
)
def test_a_spoiled_schedule_leaves_the_list(admin_client, spoiled):
    make_task(next_run_at=timezone.now(), schedule_type="weekly", weekdays=[1])
    ScheduledTask.objects.update(**spoiled)
    assert admin_client.get(page(ScheduledTask, "changelist")).status_code == 200


def test_the_list_of_runs_loads_no_large_columns(
    admin_client, django_assert_max_num_queries
):
    make("succeeded", output="x" * 1000)
    with django_assert_max_num_queries(20) as asked:
        assert admin_client.get(page(Run, "changelist")).status_code == 200
    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert '"scheduling_run"."status"' in said
    for column in ("output", "output_data", "input_message", "error_trace"):
        assert f'"scheduling_run"."{column}"' not in said

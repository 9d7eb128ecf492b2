"""Webhooks in the admin: on their task's page, tried out, and all of them in a list."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.urls import reverse

from notifications import preview
from notifications.models import Delivery
from notifications.services import MAX_WEBHOOKS
from scheduling.admin.task.clone import reference_to
from scheduling.admin.task.webhook_form import TaskWebhookForm
from scheduling.models import ScheduledTask, TaskWebhook
from tests.factories import make_delivery, make_run, make_task, make_user, make_webhook

pytestmark = pytest.mark.django_db
URL = "https://example.com/hooks/T0PSECRET"
HEADERS = {"X-Key": "H3ADERSECRET"}
PREVIEW = reverse("admin:scheduling_taskwebhook_preview")
TEST = reverse("admin:scheduling_taskwebhook_test")


@pytest.fixture
def task() -> ScheduledTask:
    return make_task()


@pytest.fixture
def stored(task: ScheduledTask) -> TaskWebhook:
    return make_webhook(task, url=URL, headers=HEADERS)


def staff(*codenames: str) -> User:
    user = make_user(is_staff=True)
    wanted = Permission.objects.filter(codename__in=codenames)
    user.user_permissions.set(wanted)
    return user


def rows(*pairs: tuple[str, str], prefix: str = "w") -> dict[str, Any]:
    """The headers' part of the form, as a browser sends it."""
    return {
        f"{prefix}-headers-shown": "1",
        f"{prefix}-headers-name": [name for name, _ in pairs],
        f"{prefix}-headers-value": [value for _, value in pairs],
    }


def sent(webhook: TaskWebhook | None = None, **changes: Any) -> dict[str, Any]:
    """The form of one webhook as a browser sends it; its secrets left blank."""
    boxes = {"active": "on", "obeys_silence": "on"}
    fields = {"name": "ops", "format": "raw", "notify_on": "always", **boxes}
    if webhook is not None:
        fields["webhook_ptr"] = str(webhook.pk)
    data = {f"w-{name}": value for name, value in (fields | changes).items()}
    return {"prefix": "w", **data}


def saved(webhook: TaskWebhook | None, user: Any = None, **changes: Any) -> Any:
    """The form after it was filled in; saved when it is valid."""
    data = sent(webhook, **{k: v for k, v in changes.items() if not k.startswith("w-")})
    data |= {k: v for k, v in changes.items() if k.startswith("w-")}
    form = TaskWebhookForm(data, prefix="w", instance=webhook, user=user)
    if form.is_valid():
        form.save()
    return form


# -- the form


def test_each_format_names_the_fields_it_uses():
    attrs = TaskWebhookForm().fields["format"].widget.attrs
    uses = json.loads(attrs["data-uses"])
    assert "chat_id" in uses["telegram"]
    assert "chat_id" not in uses["discord"]
    assert "body_template" in uses["template"]
    assert uses["signal_output"] == []
    assert set(attrs["data-settings"].split()) <= set(TaskWebhookForm().fields)


def test_a_blank_value_keeps_the_stored_header(stored):
    assert not saved(stored, **rows(("X-Key", ""), ("X-New", "n"))).errors
    stored.refresh_from_db()
    assert stored.headers == {"X-Key": "H3ADERSECRET", "X-New": "n"}


def test_a_removed_row_removes_its_header(stored):
    assert not saved(stored, **rows()).errors
    stored.refresh_from_db()
    assert (stored.headers, stored.url) == ({}, URL)


def test_a_form_without_rows_loses_no_header(stored):
    assert not saved(stored).errors
    stored.refresh_from_db()
    assert stored.headers == HEADERS


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([("X-New", "")], "X-New"),
        ([("", "value")], "without a name"),
        ([("X-A", "1"), ("x-a", "2")], "twice"),
        ([("Host", "example.com")], "Host"),
    ],
)
def test_a_wrong_row_is_said_at_the_headers(stored, pairs, says):
    assert says in str(saved(stored, **rows(*pairs)).errors["headers"])


def test_stored_headers_do_not_follow_to_another_origin(stored):
    form = saved(stored, url="https://attacker.example/", **rows(("X-Key", "")))
    assert "X-Key" in str(form.errors["headers"])
    form = saved(stored, url="https://attacker.example/", **rows(("X-Key", "new")))
    assert not form.errors


def test_a_wrong_template_is_said_by_line_and_column(stored):
    form = saved(stored, format="template", body_template='{\n  "a": 1\n  "b": 2\n}')
    (message,) = form.errors["body_template"]
    assert "line 3, column 3" in message


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": NaN}', "1" * 5_000])
def test_a_template_that_no_parser_takes_is_refused(stored, text):
    form = saved(stored, format="template", body_template=text)
    assert form.errors["body_template"]
    assert str(form["body_template"])


def test_a_template_is_shown_over_several_lines(stored):
    stored.body_template = {"text": "{{content}}", "to": "ô"}
    shown = TaskWebhookForm(instance=stored)["body_template"]
    assert len(str(shown).splitlines()) >= 4
    assert "ô" in str(shown)


def test_the_form_shows_names_of_secrets_and_never_their_values(stored):
    page = TaskWebhookForm(instance=stored).as_p()
    assert "X-Key" in page
    assert "https://example.com/…" in page
    assert "SECRET" not in page


def test_a_copy_takes_the_secrets_of_its_source(task, stored):
    user = staff("view_scheduledtask")
    form = TaskWebhookForm(
        sent(copy_of=reference_to(stored, user)) | rows(("X-Key", "")),
        prefix="w",
        instance=TaskWebhook(task=task),
        user=user,
    )
    assert form.is_valid(), form.errors
    copy = form.save()
    assert copy.pk != stored.pk
    assert (copy.url, copy.headers) == (URL, HEADERS)


def test_a_copy_is_of_no_use_to_somebody_else(task, stored):
    signed = reference_to(stored, staff("view_scheduledtask"))
    other = staff("view_scheduledtask")
    form = TaskWebhookForm(sent(copy_of=signed), prefix="w", user=other)
    assert "url" in form.errors


def test_one_that_nobody_touched_is_not_looked_up_again(stored, monkeypatch):
    monkeypatch.setattr("notifications.models.Webhook.clean", pytest.fail)
    data = sent(stored, name="hook") | rows(("X-Key", ""))
    form = TaskWebhookForm(data, prefix="w", instance=stored)
    assert form.is_valid()
    assert not form.has_changed()


def test_why_it_was_switched_off_is_said_at_the_switch(stored):
    stored.active, stored.disabled_reason = False, "Unknown Webhook <b>"
    page = TaskWebhookForm(instance=stored).as_p()
    assert "Unknown Webhook &lt;b&gt;" in page


# -- the task's page


def change_page(task: ScheduledTask) -> str:
    return reverse("admin:scheduling_scheduledtask_change", args=[task.pk])


@pytest.mark.parametrize(
    "codenames",
    [
        ("view_scheduledtask", "view_taskwebhook"),
        ("view_scheduledtask", "change_taskwebhook", "view_taskwebhook"),
        ("change_scheduledtask", "view_scheduledtask", "view_taskwebhook"),
        ("change_scheduledtask", "view_scheduledtask", "view_taskwebhook", "add_taskwebhook"),
    ],
)  # fmt: skip
def test_who_may_only_look_sees_no_secret(client, task, stored, codenames):
    client.force_login(staff(*codenames))
    body = client.get(change_page(task)).content.decode()
    assert "https://example.com/…" in body
    assert "X-Key" in body
    assert "SECRET" not in body


def test_a_lost_key_is_said_at_its_field_and_takes_no_page_with_it(
    admin_client, task, stored
):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_webhook SET url='enc1:bad', headers='enc1:bad'"
        )
    assert admin_client.get(change_page(task)).status_code == 200
    list_page = reverse("admin:scheduling_taskwebhook_changelist")
    assert "cannot be read" in admin_client.get(list_page).content.decode()
    row_page = reverse("admin:scheduling_taskwebhook_change", args=[stored.pk])
    assert "FIELD_ENCRYPTION_KEYS" in admin_client.get(row_page).content.decode()
    locked = TaskWebhook.objects.defer("url", "headers").get()
    assert "FIELD_ENCRYPTION_KEYS" in str(saved(locked).errors["url"])
    locked = TaskWebhook.objects.defer("url", "headers").get()
    assert not saved(locked, url="https://example.com/new", **rows()).errors


# -- preview


def test_a_preview_shows_the_body_for_the_last_successful_output(
    admin_client, task, stored
):
    make_run(
        task, status="succeeded", output="All <b>well</b>.", finished_at="2026-01-05T00:00Z", started_at="2026-01-05T00:00Z"
    )  # fmt: skip
    body = admin_client.post(PREVIEW, sent(stored)).content.decode()
    assert "All &lt;b&gt;well&lt;/b&gt;." in body
    assert "last successful output" in body
    assert "SECRET" not in body


def test_an_unsaved_webhook_is_previewed_by_a_sample(admin_client, task):
    data = sent(format="telegram", chat_id="-100") | {"task": task.pk}
    body = admin_client.post(PREVIEW, data).content.decode()
    assert "sendMessage" not in body
    assert "sample text" in body
    assert "-100" in body


def test_a_preview_names_the_field_that_is_wrong(admin_client):
    body = admin_client.post(PREVIEW, sent(format="telegram")).content.decode()
    assert "Chat id" in body
    assert "is missing" in body
    body = admin_client.post(
        PREVIEW, sent(format="template", body_template="{")
    ).content.decode()
    assert "line 1" in body


def test_a_signal_output_previews_its_row_and_is_not_tested(admin_client):
    body = admin_client.post(PREVIEW, sent(format="signal_output")).content.decode()
    assert "The row" in body
    assert "event_type" in body
    body = admin_client.post(TEST, sent(format="signal_output")).content.decode()
    assert "nothing to test" in body


def test_a_viewer_previews_the_stored_webhook_alone(client, stored):
    client.force_login(staff("view_scheduledtask", "view_taskwebhook"))
    answer = client.post(PREVIEW, {"webhook": stored.pk})
    assert answer.status_code == 200
    assert client.post(PREVIEW, sent()).status_code == 403
    assert client.post(TEST, sent(stored)).status_code == 403


@pytest.mark.parametrize("url", [PREVIEW, TEST])
def test_trials_happen_by_post_alone_and_for_people_of_the_staff(
    client, admin_client, url
):
    assert admin_client.get(url).status_code == 405
    client.force_login(make_user())
    assert client.post(url, sent()).status_code == 302


@pytest.mark.parametrize("key", ["999999", "x"])
def test_a_webhook_that_is_not_there_is_not_tried(admin_client, key):
    assert admin_client.post(TEST, sent(webhook_ptr=key)).status_code == 404


# -- test


@pytest.fixture
def tried(monkeypatch):
    """The webhooks that a test message went to; the network is not asked."""
    found: list[Any] = []

    def send(webhook: Any) -> preview.TestResult:
        found.append(webhook)
        return preview.TestResult(
            arrived=False,
            status=404,
            answer="<script>alert(1)</script>",
            reason="no_service",
            in_doubt=False,
            duration_ms=12,
            body="{}",
        )

    monkeypatch.setattr(preview, "send_test", send)
    return found


def test_a_test_uses_the_stored_secrets_and_shows_what_came_of_it(
    admin_client, stored, tried, caplog
):
    caplog.set_level("INFO")
    body = admin_client.post(TEST, sent(stored) | rows(("X-Key", ""))).content.decode()
    (webhook,) = tried
    assert (webhook.url, webhook.headers) == (URL, HEADERS)
    for text in ("did not arrive", "no_service", "HTTP 404", "12 ms", "&lt;script&gt;"):
        assert text in body
    assert "<script>" not in body
    assert "https://example.com/…" in caplog.text
    assert "SECRET" not in caplog.text + body
    assert not Delivery.objects.exists()


def test_a_test_changes_nothing_that_is_stored(admin_client, stored, tried):
    admin_client.post(TEST, sent(stored, name="renamed", url="https://example.com/x"))
    stored.refresh_from_db()
    assert (stored.name, stored.url) == ("hook", URL)


def test_a_test_does_not_carry_stored_headers_elsewhere(admin_client, stored, tried):
    data = sent(stored, url="https://attacker.example/") | rows(("X-Key", ""))
    body = admin_client.post(TEST, data).content.decode()
    assert "X-Key" in body
    assert tried == []


# -- the list of all


def test_the_list_says_state_and_last_delivery_in_a_constant_number_of_queries(
    admin_client, task, django_assert_max_num_queries
):
    for number in range(12):
        webhook = make_webhook(task, name=f"hook {number}", url=URL)
        make_delivery(webhook, status="pending")
    page = reverse("admin:scheduling_taskwebhook_changelist")
    with django_assert_max_num_queries(9):
        body = admin_client.get(page).content.decode()
    assert "https://example.com/…" in body
    assert "Pending" in body
    assert "SECRET" not in body


def test_the_list_can_be_narrowed_to_those_that_backbeat_switched_off(
    admin_client, task
):
    make_webhook(task, name="healthy")
    make_webhook(task, name="lifeless", active=False, disabled_reason="gone")
    page = reverse("admin:scheduling_taskwebhook_changelist")
    body = admin_client.get(page, {"state": "dead", "format": "raw"}).content.decode()
    assert "lifeless" in body
    assert "healthy" not in body


def test_an_editor_switches_a_webhook_on_again_and_a_viewer_cannot(client, task):
    webhook = make_webhook(task, active=False, disabled_reason="Unknown Webhook")
    url = reverse("admin:scheduling_taskwebhook_switch_on", args=[webhook.pk])
    client.force_login(staff("view_taskwebhook"))
    assert client.post(url).status_code == 403
    client.force_login(staff("view_taskwebhook", "change_taskwebhook"))
    assert client.get(url).status_code == 405
    page = reverse("admin:scheduling_taskwebhook_change", args=[webhook.pk])
    assert "Unknown Webhook" in client.get(page).content.decode()
    assert client.post(url).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.active, webhook.disabled_reason) == (True, "")


@pytest.mark.parametrize("key", ["9" * 19, "9" * 5_000])
@pytest.mark.parametrize("url", [PREVIEW, TEST])
def test_a_key_that_no_column_holds_is_no_webhook(admin_client, url, key):
    answer = admin_client.post(url, {"prefix": "w", "webhook": key})
    assert answer.status_code == 404


def test_a_page_makes_no_more_forms_than_people_need(admin_client, task):
    """A thousand take a minute, and whoever sends a number gets them."""
    url = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    count = {"webhooks-TOTAL_FORMS": "100000000", "webhooks-INITIAL_FORMS": "0"}
    shown = admin_client.post(url, count).context["inline_admin_formsets"]
    formset = next(each.formset for each in shown if each.opts.model is TaskWebhook)
    assert len(formset.forms) == 2 * MAX_WEBHOOKS
    assert formset.non_form_errors()


# -- what a new user stumbled over


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ('"x"', "must be a JSON object such as"),
        ("", "is missing: write a JSON object such as"),
        ("hello", "line 1, column 1: a value is missing, or a text has no double"),
    ],
)
def test_a_template_that_is_no_object_is_told_what_one_looks_like(
    stored, template, says
):
    form = saved(stored, format="template", body_template=template)
    (message,) = form.errors["body_template"]
    assert says in message


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not a url", "This is no web address: write https://host/path"),
        ("http://localhost:9/", "NOTIFICATIONS_ALLOWED_ORIGINS"),
        ("https://example.com:0/", "The port must be"),
    ],
)
def test_a_wrong_url_is_told_in_plain_words(url, says):
    (message,) = saved(None, url=url).errors["url"]
    assert says in message
    assert not message.startswith(("scheme:", "host:", "url:", "port:"))


def test_an_unsaved_task_is_previewed_by_what_was_typed(admin_client):
    typed = {"name": "Evening news", "id": "evening"}
    body = admin_client.post(PREVIEW, sent() | typed).content.decode()
    assert "Evening news" in body
    assert "&quot;evening&quot;" in body
    body = admin_client.post(PREVIEW, sent() | {"name": "Evening news"})
    assert "&quot;evening-news&quot;" in body.content.decode()


def test_placeholders_that_become_nothing_are_listed(admin_client, task):
    template = json.dumps({"a": "{{contnet}} {{user_id}} {{task_id}}"})
    data = sent(format="template", body_template=template) | {"task": task.pk}
    body = admin_client.post(PREVIEW, data).content.decode()
    unknown, empty = body.split("Not known here")[1].split("Known, but empty here")
    assert "contnet" in unknown
    assert "user_id" in empty
    assert "task_id" not in unknown + empty


def test_a_viewer_sees_the_settings_of_the_format_alone(client, task):
    make_webhook(task, format="discord", url=URL, headers=HEADERS, chat_id="-77", body_template={"a": "unused"})  # fmt: skip
    client.force_login(staff("view_scheduledtask", "view_taskwebhook"))
    body = client.get(change_page(task)).content.decode()
    assert "X-Key <" in body
    for hidden in ("-77", "unused", "{&quot;X-Key", "SECRET"):
        assert hidden not in body


def test_a_webhook_without_a_name_is_called_by_its_format(task):
    assert str(make_webhook(task, name="", format="discord")) == "Discord"

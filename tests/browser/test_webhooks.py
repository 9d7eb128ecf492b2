"""A task's webhooks by mouse and keyboard: fields, headers, preview, test, replay."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Response

from notifications.models import Attempt, ChatMessage, ChatSession
from scheduling.models import ScheduledTask, TaskWebhook
from tests.factories import make_delivery, make_task, make_user, make_webhook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: webhooks"),
]


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    client = Client()
    client.force_login(make_user(username="an", is_staff=True, is_superuser=True))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": cookie,
                "url": live_server.url,
            }
        ]
    )
    return page


@pytest.fixture
def task() -> ScheduledTask:
    return make_task(name="Morning report")


def keep_screenshot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for a person to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def page_of(task: ScheduledTask, live_server: Any) -> str:
    return f"{live_server.url}/admin/scheduling/scheduledtask/{task.pk}/change/"


def line(page: Page, name: str) -> Any:
    return page.locator(f"#webhooks-group .form-group:not(.empty-form) .field-{name}")


def test_only_the_fields_of_the_chosen_format_show(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    make_webhook(task)
    page = signed_in
    page.goto(page_of(task, live_server))
    expect(line(page, "url")).to_be_visible()
    expect(line(page, "chat_id")).to_be_hidden()
    expect(line(page, "body_template")).to_be_hidden()
    page.select_option("#id_webhooks-0-format", "telegram")
    expect(line(page, "chat_id")).to_be_visible()
    page.select_option("#id_webhooks-0-format", "template")
    expect(line(page, "chat_id")).to_be_hidden()
    page.click("#webhooks-group .form-group:not(.empty-form) .bb-variable >> nth=0")
    expect(page.locator("#id_webhooks-0-body_template")).to_have_value("{{content}}")
    keep_screenshot(page, "webhook-template")
    page.select_option("#id_webhooks-0-format", "signal_output")
    expect(line(page, "url")).to_be_hidden()


def test_an_added_webhook_is_previewed_saved_and_its_headers_are_rows(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    page.goto(page_of(task, live_server))
    page.click("#webhooks-group .add-row")
    page.fill("#id_webhooks-0-name", "ops")
    page.select_option("#id_webhooks-0-format", "discord")
    added = page.locator("#webhooks-group .form-group:not(.empty-form)")
    expect(added.locator(".field-chat_id")).to_be_hidden()
    expect(added.locator(".bb-header-row")).to_have_count(0)
    added.get_by_text("Add a header").click()
    page.keyboard.type("X-Key")
    added.locator("input[name=webhooks-0-headers-value]").fill("s3cret")
    added.get_by_text("Preview body").click()
    expect(added.locator(".bb-trial-answer")).to_contain_text("allowed_mentions")
    keep_screenshot(page, "webhook-preview")
    page.fill("#id_webhooks-0-url", "http://127.0.0.1/hook")
    added.get_by_text("Send test").click()
    expect(added.locator(".bb-trial-answer")).to_contain_text("cannot be tried")
    expect(added.locator(".bb-trial-answer")).to_contain_text("127.0.0.1")
    page.fill("#id_webhooks-0-url", "https://example.com/hook")
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_url("**/scheduledtask/")
    webhook = TaskWebhook.objects.get()
    assert (webhook.name, webhook.format) == ("ops", "discord")
    assert webhook.headers == {"X-Key": "s3cret"}

    page.goto(page_of(task, live_server))
    assert "s3cret" not in page.content()
    page.click("#webhooks-group .form-group:not(.empty-form) .bb-remove-header")
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_url("**/scheduledtask/")
    webhook.refresh_from_db()
    assert webhook.headers == {}
    assert webhook.url == "https://example.com/hook"


def test_a_test_message_shows_the_receivers_answer_as_text(
    signed_in: Page,
    live_server: Any,
    task: ScheduledTask,
    httpserver: HTTPServer,
    configure: Callable[..., None],
) -> None:
    origin = httpserver.url_for("").rstrip("/")
    configure("NOTIFICATIONS", allowed_origins=(origin,))
    answer = Response("<img src=x onerror=alert(1)> no_service", status=404)
    httpserver.expect_request("/hook").respond_with_response(answer)
    make_webhook(task, url=f"{origin}/hook", format="slack")
    page = signed_in
    page.goto(page_of(task, live_server))
    page.get_by_text("Send test").first.click()
    shown = page.locator(".bb-trial-answer").first
    expect(shown).to_contain_text("did not arrive")
    expect(shown).to_contain_text("<img src=x")
    expect(shown.locator("img")).to_have_count(0)
    shown.get_by_text("What was sent").click()
    keep_screenshot(page, "webhook-test")


def test_without_javascript_every_field_and_blank_headers_show(
    browser: Any, live_server: Any, task: ScheduledTask, signed_in: Page
) -> None:
    make_webhook(task, headers={"X-Key": "s3cret"})
    context = browser.new_context(
        java_script_enabled=False, storage_state=signed_in.context.storage_state()
    )
    page = context.new_page()
    page.goto(page_of(task, live_server))
    rows = page.locator("[name=webhooks-0-headers-name]")
    assert rows.count() == 4
    assert page.locator("[name=webhooks-0-chat_id]").count() == 1
    assert "s3cret" not in page.content()
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])  # fmt: skip
def test_the_pages_of_deliveries_and_webhooks_fit_the_screen(
    signed_in: Page, live_server: Any, task: ScheduledTask, theme: str, width: int
) -> None:
    page = signed_in
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=theme)
    dead = make_webhook(task, active=False, disabled_reason="Unknown Webhook", headers={"Authorization": "x" * 30})  # fmt: skip
    delivery = make_delivery(
        dead, status="failed", error="Unknown Webhook", finished_at=timezone.now()
    )
    Attempt.objects.create(
        delivery=delivery, number=1, started_at=timezone.now(), status_code=404,
        request_body='{"text": "' + "long " * 80 + '"}', response="no", error="Unknown Webhook",
    )  # fmt: skip
    session = ChatSession.objects.create(user_id="45", title="Morning report")
    for role, said in (("user", "Report."), ("assistant", "# Up\n\n|a|b|\n|-|-|\n|1|2|\n\n```py\nx = 1\n```")):  # fmt: skip
        ChatMessage.objects.create(session=session, role=role, content=said)
    for name, path in {
        "sessions": "notifications/chatsession/",
        "session": f"notifications/chatsession/{session.pk}/change/",
        "webhooks": "scheduling/taskwebhook/",
        "webhook": f"scheduling/taskwebhook/{dead.pk}/change/",
        "deliveries": "notifications/delivery/",
        "delivery": f"notifications/delivery/{delivery.pk}/change/",
        "task": f"scheduling/scheduledtask/{task.pk}/change/",
    }.items():
        page.goto(f"{live_server.url}/admin/{path}")
        keep_screenshot(page, f"{name}-{theme}-{width}")
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide), name


def test_a_failed_delivery_is_replayed_after_a_question(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    webhook = make_webhook(task)
    delivery = make_delivery(webhook, status="failed", finished_at=timezone.now())
    page = signed_in
    page.goto(f"{live_server.url}/admin/notifications/delivery/{delivery.pk}/change/")
    page.locator("summary", has_text="Replay").click()
    page.get_by_text("Yes, replay it").click()
    expect(page.locator("body")).to_contain_text("The delivery is sent again.")
    delivery.refresh_from_db()
    assert delivery.status == "pending"


def test_several_deliveries_are_replayed_after_a_page_that_says_what_may_come_twice(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    webhook = make_webhook(task, name="Slack", format="slack")
    for status in ("failed", "unknown"):
        make_delivery(webhook, status=status, finished_at=timezone.now())
    page = signed_in
    page.goto(f"{live_server.url}/admin/notifications/delivery/")
    for box in page.locator("input[name=_selected_action]").all():
        box.check()
    page.select_option("select[name=action]", "replay", force=True)
    page.locator("button[name=index]").click()
    expect(page.locator("h2", has_text="Replay 2 deliveries?")).to_be_visible()
    expect(page.locator("body")).to_contain_text("1 of them may have arrived in a chat")
    keep_screenshot(page, "replay-several")
    page.get_by_role("button", name="Yes, replay them").click()
    expect(page.locator("body")).to_contain_text("2 deliveries are sent again.")

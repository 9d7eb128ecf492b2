"""The address book and the webhook's form by mouse and keyboard; pictures for people to look at."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from notifications.models import Webhook
from notifications.signing import check_secret
from tests.browser.screens import (
    DESKTOP,
    PHONE,
    Watch,
    is_too_wide,
    keep_screenshot,
    misprints,
)
from tests.factories import (
    make_delivery,
    make_run,
    make_shared_webhook,
    make_task,
    make_user,
    make_webhook,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: webhooks"),
]
BOOK = "/admin/notifications/webhook/"
SAVE = "button[name=_save], input[name=_save]"


@pytest.fixture
def page(browser: Browser, live_server: Any) -> Any:
    client = Client()
    client.force_login(make_user(username="an", is_staff=True, is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    opened = browser.new_context(base_url=live_server.url, viewport=DESKTOP).new_page()
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    opened.context.add_cookies([cookie])
    watch = Watch(opened)
    yield opened
    opened.context.close()
    faults = watch.take()
    assert not faults, "\n".join(faults)


def group(page: Page, title: str) -> Any:
    return page.locator("fieldset.module details", has=page.get_by_text(title, exact=True))  # fmt: skip


def test_an_address_is_added_with_a_rule_and_a_generated_secret(page: Page) -> None:
    page.goto(f"{BOOK}add/")
    expect(page.locator(".field-line.field-condition")).to_be_hidden()
    page.fill("#id_name", "Team")
    page.select_option("#id_format", "discord")
    expect(group(page, "Signing and options")).to_be_visible()
    page.select_option("#id_format", "chat")
    expect(page.locator(".field-line.field-url")).to_be_hidden()
    page.select_option("#id_format", "email")
    expect(page.locator(".field-line.field-url label")).to_contain_text("Addresses")
    page.select_option("#id_format", "standard")
    expect(page.locator(".field-line.field-url label")).to_contain_text("URL")
    page.fill("#id_url", "https://example.com/hook")
    group(page, "Quiet hours and digest").locator("summary").click()
    page.fill("#id_quiet_from", "22:00")
    page.fill("#id_quiet_until", "7:00")
    page.fill("#id_timezone", "Asia/Ho_Chi_Minh")
    group(page, "Signing and options").locator("summary").click()
    page.get_by_role("button", name="Generate").click()
    secret = page.locator("#id_signing_secret").input_value()
    check_secret(secret)
    page.get_by_role("button", name="Preview body").click()
    expect(page.locator(".bb-trial-answer")).to_contain_text("run.succeeded")
    keep_screenshot(page, "address-add")
    page.click(SAVE)
    page.wait_for_url(f"**{BOOK}")
    expect(page.locator("#result_list")).to_contain_text("quiet 22:00–07:00 (Asia/Ho_Chi_Minh)")  # fmt: skip
    stored = Webhook.objects.get()
    assert (stored.signing_secret, stored.quiet_from) == (secret, time(22))
    page.locator("#result_list").get_by_role("link", name="Team").click()
    expect(page.locator("#id_quiet_from")).to_be_visible()
    assert secret not in page.content()
    page.locator("summary", has_text="New signing secret").click()
    page.get_by_text("Yes, make a new one").click()
    expect(page.locator("#new-secret")).to_contain_text("whsec_")
    keep_screenshot(page, "address-rotated")


def test_a_task_chooses_from_the_book_and_its_webhooks_groups_open_where_they_are_set(
    page: Page,
) -> None:
    team = make_shared_webhook(name="Team")
    task = make_task()
    make_webhook(task, name="Ops", condition="score > `0.7`")
    page.goto(f"/admin/scheduling/scheduledtask/{task.pk}/change/")
    expect(page.locator("#id_webhooks-0-condition")).to_be_visible()
    expect(page.locator("#id_webhooks-0-quiet_from")).to_be_hidden()
    reports = group(page, "Where it reports to")
    reports.locator("summary").click()
    reports.locator(".field-shared_webhooks .select2-selection").click()
    page.get_by_role("option", name="Team", exact=True).click()
    keep_screenshot(page, "task-reports")
    page.click(SAVE)
    page.wait_for_url("**/scheduledtask/")
    assert list(task.shared_webhooks.all()) == [team]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_the_screen_and_say_what_they_should(
    page: Page, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    team = make_shared_webhook(
        name="Team of the market", notify_on="failure", first_of_streak=True, for_alerts=True,
        quiet_from="22:00", quiet_until="07:00", digest_at="18:00", active=False,
        disabled_reason="Unknown Webhook", failing_since="2026-01-05T00:00Z",
    )  # fmt: skip
    task = make_task(alert_webhook=team)
    task.shared_webhooks.add(team)
    make_delivery(team, status="failed", error="Unknown Webhook", finished_at="2026-01-05T01:00Z", task_id=task.pk)  # fmt: skip
    make_webhook(task, name="Ops", format="telegram", chat_id="-100", notify_on="failure")  # fmt: skip
    done = {"started_at": "2026-01-05T00:00Z", "finished_at": "2026-01-05T00:00Z"}
    output = "# Up\n\n|a|b|\n|-|-|\n|1|2|\n\n" + "VN-Index **+1.2 %**. " * 300
    run = make_run(task, status="succeeded", output=output, **done)
    for name, path in {
        "book": BOOK,
        "book-none": f"{BOOK}?q=nothing",
        "address": f"{BOOK}{team.pk}/change/",
        "address-delete": f"{BOOK}{team.pk}/delete/",
        "channels": f"{BOOK}channels/?run={run.pk}",
        "webhooks": "/admin/scheduling/taskwebhook/",
        "task": f"/admin/scheduling/scheduledtask/{task.pk}/change/",
    }.items():
        for screen, size in (("desktop", DESKTOP), ("phone", PHONE)):
            page.set_viewport_size(size)
            page.goto(path)
            keep_screenshot(page, f"{name}-{scheme}-{screen}")
            assert not is_too_wide(page), (name, screen)
            assert not misprints(page, "en"), (name, screen)


def test_in_vietnamese_the_title_of_a_task_can_be_read(
    page: Page, live_server: Any
) -> None:
    cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": "vi", "url": live_server.url}  # fmt: skip
    page.context.add_cookies([cookie])
    task = make_task(name="Báo cáo thị trường buổi sáng")
    page.goto(f"/admin/scheduling/scheduledtask/{task.pk}/change/")
    keep_screenshot(page, "task-vi")
    title = page.locator("#header-inner h1")
    width = title.evaluate("element => element.getBoundingClientRect().width")
    assert width > 150

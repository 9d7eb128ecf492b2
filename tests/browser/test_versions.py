"""Comparing and setting back, in a real browser and without scripts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from scheduling import services
from scheduling.models import ScheduledTask
from tests.browser.screens import DESKTOP, is_too_wide
from tests.factories import make_task, make_user, make_webhook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def task() -> ScheduledTask:
    an = make_user(username="an", is_staff=True)
    lines = [f"Line {number} of what the agent is to do." for number in range(12)]
    task = make_task(id="report", name="Morning report", input_message="\n".join(lines))
    make_webhook(task, name="Slack", url="https://hooks.slack.com/services/T/B/SECRET")
    lines[5] = "Say what changed since yesterday, in three sentences."
    services.update_task(task, fields={"input_message": "\n".join(lines), "catch_up_cap": 3}, user=an)  # fmt: skip
    services.update_task(task, fields={"schedule_time": "08:00"}, tags=["vn", "daily"], webhooks=[], user=an)  # fmt: skip
    services.pause_task(task, user=an)
    return task


def sign_in(page: Page, live_server: Any) -> None:
    client = Client()
    client.force_login(make_user(username="boss", is_staff=True, is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])


def keep_screenshots(page: Page, name: str) -> None:
    """Keep pictures where SCREENSHOTS says, for a person to look at: light, dark, phone."""
    folder = os.environ.get("SCREENSHOTS")
    for look, width in (("light", 1280), ("dark", 1280), ("phone", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.classList.toggle('dark', {str(look == 'dark').lower()})")  # fmt: skip
        assert not is_too_wide(page)
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}-{look}.png"), full_page=True)  # fmt: skip
    page.set_viewport_size(DESKTOP)


def test_two_versions_are_compared_and_the_task_is_set_back(
    page: Page, live_server: Any, task: ScheduledTask
) -> None:
    sign_in(page, live_server)
    change = reverse("admin:scheduling_scheduledtask_change", args=[task.pk])
    page.goto(live_server.url + change)
    page.get_by_role("link", name="Versions").click()
    keep_screenshots(page, "versions")
    page.get_by_label("Compare from version 1").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".bb-diff ins")).to_contain_text("since yesterday")
    keep_screenshots(page, "versions-compared")
    page.get_by_role("link", name="Set back to version 1").click()
    keep_screenshots(page, "versions-revert")
    page.get_by_role("button", name="Set back").click()
    expect(page.get_by_text("Set back to version 1.")).to_be_visible()
    task.refresh_from_db()
    assert task.active
    assert "Line 5" in task.input_message
    page.goto(f"{live_server.url}{reverse('admin:scheduling_scheduledtask_version', args=[task.pk, task.version])}")  # fmt: skip
    expect(page.get_by_text("Reverted to 1.").first).to_be_visible()
    keep_screenshots(page, "version")


def test_it_all_works_without_scripts(
    browser: Browser, live_server: Any, task: ScheduledTask
) -> None:
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("admin:scheduling_scheduledtask_versions", args=[task.pk]))  # fmt: skip
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Nothing differs.")).to_have_count(0)
    page.get_by_role("link", name="Set back to version 3").click()
    page.get_by_role("button", name="Set back").click()
    task.refresh_from_db()
    assert task.active
    context.close()

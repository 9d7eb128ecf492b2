"""The plain admin, as a person uses it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import Run, ScheduledTask
from tests.factories import make_agent, make_task, make_user, make_webhook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: admin"),
]


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    make_user(username="an", password="mat-khau-123", is_staff=True, is_superuser=True)
    page.goto(f"{live_server.url}/admin/")
    page.fill("input[name=username]", "an")
    page.fill("input[name=password]", "mat-khau-123")
    page.click("button[type=submit]")
    expect(page).to_have_url(f"{live_server.url}/admin/")
    return page


def keep_screenshot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for a person to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_person_makes_a_task_and_runs_it_now(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    make_agent()
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/add/")
    page.fill("input[name=id]", "morning-report")
    page.fill("input[name=name]", "Morning report")
    page.click("#id_agent + .select2")
    page.click(".select2-results__option:has-text('Echo')")
    page.fill("textarea[name=input_message]", "Report for {{date}}.")
    page.select_option("select[name=schedule_type]", "cron", force=True)
    page.fill("input[name=cron_expression]", "0 7 * * 1-5")
    keep_screenshot(page, "task-form")
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_url("**/scheduledtask/")
    keep_screenshot(page, "task-list")
    assert ScheduledTask.objects.get(id="morning-report").next_run_at is not None

    page.check("input[name=_selected_action]")
    page.select_option("select[name=action]", "run_now", force=True)
    page.click("button[name=index]")
    page.click("form.bb-card button[type=submit]")
    expect(page.locator("body")).to_contain_text("Queued a run of 1 task.")
    assert Run.objects.get(task_id="morning-report").trigger == "manual"


def test_a_wrong_schedule_is_said_at_its_field(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    task = make_task(schedule_type="cron", cron_expression="0 7 * * *")
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.id}/change/")
    page.fill("input[name=cron_expression]", "61 * * * *")
    page.click("button[name=_save], input[name=_save]")
    expect(page.locator("body")).to_contain_text("61 * * * *")
    task.refresh_from_db()
    assert task.cron_expression == "0 7 * * *"


def test_a_webhooks_secret_is_kept_but_never_shown(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    task = make_task()
    webhook = make_webhook(task, url="https://example.com/secret-path")
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.id}/change/")
    assert "secret-path" not in page.content()
    page.fill("input[name=name]", "Renamed")
    page.click("button[name=_save], input[name=_save]")
    page.wait_for_url("**/scheduledtask/")
    webhook.refresh_from_db()
    assert webhook.url == "https://example.com/secret-path"

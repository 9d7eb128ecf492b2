"""A backfill from its form to its end, and the ledger's panel, in a real browser."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from scheduling.models import Backfill, Run, ScheduledTask
from tests.browser.screens import is_too_wide, misprints
from tests.browser.test_run_page import keep_screenshots
from tests.factories import make_run, make_task, make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: backfills"),
]
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 7, tzinfo=SAIGON)


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    client = Client()
    client.force_login(make_user(username="an", is_staff=True, is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return page


@pytest.fixture
def task() -> ScheduledTask:
    next_slot = datetime(2030, 1, 1, 7, tzinfo=SAIGON)
    return make_task(id="report", created_at=at(1), next_run_at=next_slot)


def narrow_enough(page: Page) -> bool:
    page.set_viewport_size({"width": 390, "height": 844})
    wide = is_too_wide(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    return not wide


def test_a_backfill_is_looked_at_run_and_followed_to_its_end(signed_in, live_server, task):  # fmt: skip
    page = signed_in
    make_run(task, trigger="schedule", scheduled_for=at(3), status="succeeded", started_at=at(3), finished_at=at(3))  # fmt: skip
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/report/change/")
    page.locator("li > a", has_text="More").click()
    page.get_by_role("link", name=re.compile("Backfill$")).first.click()
    page.get_by_label("From").fill("2026-11-02T00:00:00")
    page.get_by_label("Until").fill("2026-11-06T12:00:00")
    page.get_by_label("Runs a minute").fill("30")
    page.get_by_role("button", name="Show what would run").click()
    expect(page.get_by_text("Slots that would run: 4")).to_be_visible()
    assert misprints(page, "en") == []
    assert narrow_enough(page)
    keep_screenshots(page, "backfill-form")
    page.get_by_role("button", name="Run these slots").click()
    expect(page.get_by_text("Queued 4")).to_be_visible()
    first = Run.objects.filter(backfill=Backfill.objects.get()).order_by("scheduled_for")[0]  # fmt: skip
    Run.objects.filter(id=first.id).update(status="succeeded", started_at=timezone.now(), finished_at=timezone.now())  # fmt: skip
    expect(page.get_by_text("Succeeded 1")).to_be_visible()
    assert misprints(page, "en") == []
    assert narrow_enough(page)
    keep_screenshots(page, "backfill-page")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It is over.")).to_be_visible()
    expect(page.get_by_text("Cancelled 3")).to_be_visible()
    page.goto(f"{live_server.url}/admin/scheduling/backfill/")
    assert misprints(page, "en") == []
    keep_screenshots(page, "backfill-list")


def test_the_ledger_answers_in_place(signed_in, live_server, task):
    page = signed_in
    make_run(task, trigger="schedule", scheduled_for=at(16), status="skipped", skip_reason="missed", finished_at=at(18), slots=2, last_slot=at(17))  # fmt: skip
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/report/change/")
    page.evaluate("window.untouched = true")
    page.get_by_label("A slot, in Asia/Ho_Chi_Minh").fill("2026-11-17T07:00:00")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("So were all 2 slots")).to_be_visible()
    assert page.evaluate("window.untouched")
    assert narrow_enough(page)
    page.locator("#ledger").scroll_into_view_if_needed()
    keep_screenshots(page, "ledger", whole=False)
    page.get_by_role("link", name="Backfill this slot").click()
    expect(page.get_by_label("From")).to_have_value("2026-11-17T07:00")


def test_the_ledger_answers_without_scripts(signed_in, live_server, task, browser):
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/report/change/")
    page.locator("#ledger-at").fill("2026-11-17T08:00:00")
    page.locator("#ledger button").click()
    expect(page.get_by_text("is not a slot of this schedule")).to_be_visible()
    context.close()

"""Pausing everything, the banner of every page, and planning a window, by clicks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from scheduling.models import Blackout
from tests.browser.screens import PHONE, is_too_wide, keep_screenshot
from tests.browser.test_every_page import dress
from tests.factories import make_event, make_task, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(page: Page, live_server: Any) -> User:
    reader = make_user(username="lan", is_staff=True, is_superuser=True)
    dress(page, live_server, reader, "en")
    return reader


def picture(page: Page, name: str) -> None:
    """Light, dark, and on a phone."""
    keep_screenshot(page, f"{name}-light")
    page.evaluate("document.documentElement.classList.add('dark')")
    keep_screenshot(page, f"{name}-dark")
    page.evaluate("document.documentElement.classList.remove('dark')")
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    keep_screenshot(page, f"{name}-phone")
    assert not is_too_wide(page)
    if size:
        page.set_viewport_size(size)


def test_everything_is_paused_said_on_every_page_and_resumed(page, live_server, admin):
    page.goto(live_server.url + reverse("admin:index"))
    picture(page, "standing-first-page")
    page.click("#pause-everything")
    page.fill("[name=note]", "Moving the servers to another room")
    picture(page, "standing-pause-all")
    page.get_by_role("button", name="Pause everything").click()
    expect(page.get_by_text("Paused everything.")).to_be_visible()
    page.goto(live_server.url + reverse("admin:scheduling_run_changelist"))
    banner = page.locator(".bb-standing", has_text="Moving the servers")
    expect(banner).to_contain_text("lan · since")
    picture(page, "standing-banner")
    page.click("#resume-everything")
    expect(page.get_by_text("Slots fire again.")).to_be_visible()
    expect(banner).to_have_count(0)
    assert page.url.endswith(reverse("admin:scheduling_run_changelist"))


def test_a_window_of_every_friday_night_is_planned(page, live_server, admin):
    page.goto(live_server.url + reverse("admin:scheduling_blackout_add"))
    page.fill("[name=name]", "Friday nights")
    page.check("[name=weekdays][value='5']")
    page.fill("[name=from_time]", "22:00")
    page.fill("[name=until_time]", "6:00")
    picture(page, "blackout-form")
    page.click("[name=_save]")
    expect(page.get_by_text("Fri 22:00–06:00")).to_be_visible()
    picture(page, "blackout-list")
    assert Blackout.objects.get().weekdays == [5]


def test_events_are_told_in_a_list(page, live_server, admin):
    task = make_task(id="report", name="Báo cáo sáng")
    make_event(task, note="It was due at 2027-03-01 07:00:00 and nothing was started.")
    make_event(kind="beat_silent", note="No slot fires until a beat is started.")
    page.goto(live_server.url + reverse("admin:scheduling_event_changelist"))
    expect(page.get_by_role("link", name="Beat fell silent")).to_be_visible()
    picture(page, "event-list")

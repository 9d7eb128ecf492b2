"""The list of tasks by keyboard and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import Run
from tests.browser.test_admin import signed_in  # noqa: F401 -- a fixture
from tests.factories import make_task

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: task list"),
]


@pytest.fixture
def listed(signed_in: Page, live_server: Any) -> Page:  # noqa: F811 -- a fixture
    make_task(id="morning-report")
    signed_in.goto(f"{live_server.url}/admin/scheduling/scheduledtask/")
    return signed_in


def test_a_task_is_run_by_keyboard_alone(listed: Page) -> None:
    page = listed
    button = page.get_by_role("button", name="Actions for Morning report")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("menuitem", name="Run now")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Pause or resume")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")

    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Run now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Run “Morning report” now?")
    assert not Run.objects.exists()
    page.get_by_role("button", name="Run now").press("Enter")
    page.wait_for_url("**/scheduling/run/*/change/")
    assert Run.objects.get().trigger == "manual"


def test_the_switch_pauses_without_leaving_the_page(listed: Page) -> None:
    page = listed
    switch = page.get_by_role("switch", name="Morning report: active")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(page.locator("#state-morning-report")).to_contain_text("Paused")
    expect(switch).to_be_focused()


def test_the_filters_open_and_close_by_keyboard(listed: Page) -> None:
    page = listed
    page.locator("button[aria-controls=changelist-filter]").press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#changelist-filter")).to_be_hidden()


def test_a_phone_shows_the_list_without_scrolling_sideways(listed: Page) -> None:
    listed.set_viewport_size({"width": 390, "height": 844})
    wider = listed.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0

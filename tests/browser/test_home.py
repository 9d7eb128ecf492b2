"""The first page follows what happens, and leaves its reader in peace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.factories import make_task, make_user
from tests.scheduling.test_run_lifecycle import make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: home"),
]


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    """A page whose clock the test turns."""
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    cookies = {
        "sessionid": client.cookies["sessionid"].value,
        "timezone": "Asia/Ho_Chi_Minh",  # else the first page does not know it yet
    }
    for name, value in cookies.items():
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url}]
        )
    page.clock.install()
    return page


def test_a_failure_appears_by_itself_and_the_focus_stays(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    task = make_task(next_run_at=timezone.now() + timedelta(hours=3))
    page.goto(f"{live_server.url}/admin/")
    link = page.locator(f"#next-{task.pk}")
    link.focus()
    make("failed", task, error="the model is overloaded")
    page.clock.run_for(16_000)
    expect(page.locator("#overview")).to_contain_text("the model is overloaded")
    expect(link).to_be_focused()


def test_nothing_is_drawn_again_while_nothing_happens(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/")
    page.evaluate("document.querySelector('#overview').dataset.mark = 'first'")
    with page.expect_response("**/overview/**") as answered:
        page.clock.run_for(16_000)
    assert answered.value.status == 204
    assert page.get_attribute("#overview", "data-mark") == "first"


def test_on_a_phone_nothing_is_wider_than_the_screen(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    make("failed", make_task(name="w" * 200), error="e" * 500)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("#overview")).to_contain_text("eee")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

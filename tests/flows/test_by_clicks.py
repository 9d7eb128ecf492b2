"""A whole installation by clicks and keys alone, as the people use it whom it is made for.

One browser and one installation serve all the tests here; each makes what it needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer

from tests.browser.screens import (
    DESKTOP,
    PHONE,
    Watch,
    keep_screenshot,
    misprints,
    running_browser,
)
from tests.flows.conftest import Installation, installed
from tests.flows.stack import await_true

pytestmark = [
    pytest.mark.broker,
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.xdist_group("by clicks"),
]
PASSWORD = "mat-khau-cua-toi-123"
REPLY = "# Morning report\n\nVN-Index **+1.2 %**.\n\n```python\nx = 1\n```"


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, outside: HTTPServer
) -> Iterator[Installation]:
    """An installation on one machine that may call the receiver."""
    folder = tmp_path_factory.mktemp("clicks")
    allowed = {"NOTIFICATIONS_ALLOWED_ORIGINS": f"http://127.0.0.1:{outside.port}"}
    with installed("one machine", folder, allowed) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of somebody who is not signed in; nothing may go wrong on it."""
    context = browser.new_context(viewport=DESKTOP, timezone_id="Asia/Ho_Chi_Minh")
    page = context.new_page()
    page.set_default_timeout(20_000)
    watch = Watch(page)
    yield page
    context.close()
    assert watch.take() == []


# -- what people do


def sign_in(page: Page, place: Installation, name: str, password: str) -> None:
    page.goto(f"{place.stack.url}/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def sign_in_as_admin(page: Page, place: Installation) -> None:
    shown = re.search(r"Login +admin / (\S+)", place.stack.log)
    assert shown
    sign_in(page, place, "admin", shown[1])
    page.get_by_role("link", name="Admin", exact=True).click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def go(page: Page, name: str) -> None:
    """Follow a link of the sidebar."""
    page.locator("#nav-sidebar, nav, aside").get_by_role("link", name=name, exact=False).first.click()  # fmt: skip


def search(page: Page, field: str, text: str) -> None:
    """Choose from a select with a search box, by the keyboard."""
    page.focus(f".field-{field} .select2-selection")
    page.keyboard.press("Enter")
    page.locator(".select2-container--open .select2-search__field").fill(text)
    page.locator(f".select2-results__option--highlighted:has-text('{text}')").wait_for()
    page.keyboard.press("Enter")


def save(page: Page) -> None:
    page.locator("[name=_save]").click()


def add_person(page: Page, place: Installation, name: str) -> None:
    page.goto(f"{place.stack.url}/admin/auth/user/add/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).nth(0).fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    save(page)
    expect(page.get_by_label("Username")).to_have_value(name)


def add_agent(page: Page, place: Installation, name: str) -> None:
    page.goto(f"{place.stack.url}/admin/scheduling/agent/")
    page.get_by_role("link", name=re.compile("Add")).first.click()
    page.locator("[name=name]").fill(name)
    page.locator("select[name=backend]").select_option("echo")
    page.locator("[name=echo__delay_seconds]").fill("2")
    page.locator("[name=echo__reply]").fill(REPLY)
    save(page)
    expect(page.locator("#result_list")).to_contain_text(name)


def begin_task(page: Page, place: Installation, name: str, agent: str, reader: str) -> None:  # fmt: skip
    page.goto(f"{place.stack.url}/admin/scheduling/scheduledtask/add/")
    page.locator("[name=name]").fill(name)
    search(page, "target_user_id", reader)
    search(page, "agent", agent)
    page.locator("[name=input_message]").fill("Write the report for {{date}}.")


def webhook(page: Page, number: int) -> Any:
    return page.locator("#webhooks-group .form-group:not(.empty-form)").nth(number)


def add_webhook(page: Page, number: int, name: str, form: str, url: str) -> Any:
    page.locator("#webhooks-group .add-row").click()
    page.locator(f"#id_webhooks-{number}-name").fill(name)
    page.locator(f"#id_webhooks-{number}-format").select_option(form)
    page.locator(f"#id_webhooks-{number}-url").fill(url)
    return webhook(page, number)


def run_now(page: Page) -> None:
    """From the task's page to the run's, through the question."""
    page.get_by_role("link", name="Run now").first.click()
    expect(page.locator("body")).to_contain_text(re.compile("Run “.*” now?"))
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/scheduling/run/*/change/")


def received(outside: HTTPServer, path: str) -> list[Any]:
    """The JSON bodies that arrived at `path`, oldest first."""
    return [json.loads(asked.get_data()) for asked, _ in list(outside.log) if asked.path == path]  # fmt: skip


# -- the journey


def test_a_person_makes_a_task_and_follows_it_to_the_last_message(
    page: Page, place: Installation, outside: HTTPServer
) -> None:
    outside.clear()
    for path in ("/discord", "/template"):
        outside.expect_request(path, method="POST").respond_with_json({})
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}  # fmt: skip
    outside.expect_oneshot_request("/telegram").respond_with_json(refusal, status=400)
    sign_in_as_admin(page, place)
    add_person(page, place, "lan")
    add_agent(page, place, "Market analyst")
    begin_task(page, place, "Morning report", "Market analyst", "lan")

    panel = page.locator("#schedule-preview")
    page.locator("[name=schedule_type]").select_option("weekly")
    page.get_by_label("Monday").check()
    page.locator("[name=schedule_time]").fill("07:15")
    expect(panel).to_contain_text("every Monday at 07:15")
    expect(panel.locator("tbody tr")).to_have_count(5)
    page.locator("[name=schedule_time]").fill("08:30")
    expect(panel).to_contain_text("every Monday at 08:30")

    discord = add_webhook(page, 0, "Market room", "discord", outside.url_for("/discord"))  # fmt: skip
    discord.get_by_text("Preview body").click()
    expect(discord.locator(".bb-trial-answer")).to_contain_text("allowed_mentions")
    discord.get_by_text("Send test").click()
    expect(discord.locator(".bb-trial-answer")).to_contain_text("The test message arrived")  # fmt: skip
    assert len(received(outside, "/discord")) == 1
    add_webhook(page, 1, "Phone", "telegram", outside.url_for("/telegram"))
    page.locator("#id_webhooks-1-chat_id").fill("-100123")
    template = add_webhook(page, 2, "Own system", "template", outside.url_for("/template"))  # fmt: skip
    page.locator("#id_webhooks-2-body_template").fill('{"said": "{{content}}"}')
    template.get_by_text("Add a header").click()
    page.keyboard.type("X-Key")
    template.locator("input[name=webhooks-2-headers-value]").fill("s3cret")
    keep_screenshot(page, "clicks-form")
    save(page)
    expect(page.locator("#result_list")).to_contain_text("every Monday at 08:30")

    page.get_by_role("link", name="Morning report", exact=True).click()
    run_now(page)
    expect(page.locator("#run-head")).to_contain_text(re.compile("Queued|Running"))
    page.evaluate("window.same = true")
    expect(page.locator("#run-head")).to_contain_text("Succeeded")
    expect(page.locator("#run-told")).to_contain_text("chat not found")
    expect(page.locator("#run-told .bb-delivery")).to_have_count(3)
    expect(page.locator("#run-told")).to_contain_text("Delivered")
    assert page.evaluate("window.same")
    expect(page.locator(".bb-output h1")).to_have_text("Morning report")
    expect(page.locator(".bb-output strong")).to_have_text("+1.2 %")
    expect(page.locator("#run-prompt")).to_contain_text("Write the report for 20")
    expect(page.locator("#run-timeline")).to_contain_text("Finished")
    keep_screenshot(page, "clicks-run")

"""A person replies to a report in the inbox, and sees the agent's answer arrive."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from notifications.models import ChatSession
from scheduling import lifecycle
from scheduling.models import Run
from scheduling.outcome import Outcome
from tests.browser.screens import PHONE
from tests.browser.test_admin import keep_screenshot
from tests.browser.test_inbox import is_as_wide_as_the_screen, sign_in
from tests.factories import make_task, make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: inbox"),
]
HOSTILE = '<script>window.hacked = true</script> <img src=x onerror="window.hacked = true"> **x**'


@pytest.fixture
def session() -> ChatSession:
    lan = make_user(username="lan", password="mat-khau-123")
    make_task(id="report", target_user_id=str(lan.pk))
    made: ChatSession = ChatSession.objects.create(
        user_id=str(lan.pk), task_id="report", run_id=uuid.uuid4(), title="Báo cáo sáng"
    )
    made.messages.create(role="user", content="Report.")
    made.messages.create(role="assistant", content="# Up\n\nVN-Index **+1.2 %**")
    return made


def answer(output: str) -> None:
    """What a worker does, in this process."""
    run = Run.objects.get(status="queued")
    (claimed,) = lifecycle.claim([run.id], worker="w")
    done = {"status": "succeeded", "output": output}
    lifecycle.finish([Outcome(run_id=run.id, lease_token=claimed.lease_token, **done)])


def test_a_person_replies_by_keyboard_and_the_answer_appears_by_itself(
    page: Page, live_server: Any, session: ChatSession
) -> None:
    sign_in(page, f"{live_server.url}/sessions/{session.pk}/")
    form = page.locator("form.reply")
    send = form.locator("button")
    page.fill("#reply-message", HOSTILE)
    expect(form.locator(".count")).to_have_text(f"{len(HOSTILE)} / 20000")
    page.locator("#reply-message").press("Control+Enter")
    expect(page.locator(".message.user").last).to_contain_text("<script>window.hacked")
    expect(page.locator(".fate.open")).to_contain_text("The agent is answering")
    expect(send).to_be_disabled()
    expect(form).to_contain_text("still answering")
    keep_screenshot(page, "reply-waits")
    page.fill("#reply-message", "A draft.")  # it stays, whatever arrives meanwhile
    answer("Because **VNM** rose.")
    expect(page.locator(".message.assistant").last).to_contain_text("Because VNM rose.")
    expect(page.locator(".message.assistant strong").last).to_have_text("VNM")
    expect(page.locator(".fate")).to_have_count(0)
    expect(send).to_be_enabled()
    expect(page.locator("#reply-message")).to_have_value("A draft.")
    expect(page.locator("button:has-text('Mark as unread')")).to_be_visible()
    page.wait_for_load_state("networkidle")
    session.refresh_from_db()
    assert session.read_at is not None
    assert page.evaluate("window.hacked") is None
    keep_screenshot(page, "reply-answered")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_all_there_on_a_phone_without_scripts(
    browser: Browser, live_server: Any, session: ChatSession, scheme: Any
) -> None:
    context = browser.new_context(
        viewport=PHONE, color_scheme=scheme, java_script_enabled=False
    )
    page = context.new_page()
    sign_in(page, f"{live_server.url}/sessions/{session.pk}/")
    page.fill("#reply-message", "Why? " + "x" * 90)
    page.click("form.reply button")
    expect(page.locator(".fate.open")).to_be_visible()
    expect(page.locator("form.reply button")).to_be_disabled()
    keep_screenshot(page, f"reply-phone-{scheme}")
    assert is_as_wide_as_the_screen(page)
    answer("Because.")
    page.click("text=Look again")
    expect(page.locator(".message.assistant").last).to_contain_text("Because.")
    page.fill("#reply-message", "   ")
    page.click("form.reply button")
    expect(page.locator(".errorlist")).to_contain_text("the reply is empty")
    keep_screenshot(page, f"reply-phone-{scheme}-refused")
    context.close()

"""Agents and signal outputs in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from scheduling.models import Agent
from signals import services
from signals.models import SignalOutput
from tests.browser.test_admin import keep_screenshot, signed_in
from tests.factories import make_agent, make_run, make_task

__all__ = ["signed_in"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: agents"),
]


def go(page: Page, live_server: Any, name: str, *args: Any) -> None:
    page.goto(live_server.url + reverse(f"admin:{name}", args=args))


def save(page: Page) -> None:
    page.click("button[name=_save], input[name=_save]")


def on_a_phone_in_the_dark(page: Page, name: str) -> None:
    """Keep a picture, and hold that nothing scrolls sideways."""
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    width = page.evaluate("document.documentElement.scrollWidth")
    keep_screenshot(page, f"{name}-phone-dark")
    assert width <= 390


def test_only_the_options_of_the_chosen_backend_show(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    go(page, live_server, "scheduling_agent_add")
    expect(page.locator("[name=llm__model]")).to_be_visible()
    expect(page.locator("[name=http__url]")).to_be_hidden()
    keep_screenshot(page, "agent-add-llm")
    page.select_option("select[name=backend]", "http")
    expect(page.locator("[name=http__url]")).to_be_visible()
    expect(page.locator("[name=llm__model]")).to_be_hidden()
    page.fill("[name=name]", "Digest")
    page.fill("[name=http__url]", "ftp://x")
    save(page)
    expect(page.locator("body")).to_contain_text("ftp://x: must be an http://")
    expect(page.locator("[name=http__url]")).to_be_visible()
    keep_screenshot(page, "agent-error")
    page.fill("[name=http__url]", "https://agents.example.com/digest")
    page.fill("[name=http__new_bearer_token]", "T0KENSECRET")
    save(page)
    page.wait_for_url("**/agent/")
    agent = Agent.objects.get(id="digest")
    assert agent.options == {"url": "https://agents.example.com/digest"}
    assert agent.credentials == {"bearer_token": "T0KENSECRET"}


def test_an_agents_page_and_list_are_readable(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    go(page, live_server, "scheduling_agent_changelist")
    keep_screenshot(page, "agents-none")
    agent = make_agent(
        id="model",
        name="Market analyst",
        backend="llm",
        options={"provider": "openai", "model": "gpt-5", "colour": "red"},
        credentials={"api_key": "K3YSECRET"},
    )
    make_task(agent=agent, name="Morning report", last_status="failed")
    make_agent(active=False)
    go(page, live_server, "scheduling_agent_change", "model")
    assert "K3YSECRET" not in page.content()
    expect(page.locator("#agent-tasks")).to_contain_text("Morning report")
    keep_screenshot(page, "agent")
    on_a_phone_in_the_dark(page, "agent")
    page.set_viewport_size({"width": 1280, "height": 900})
    go(page, live_server, "scheduling_agent_changelist")
    keep_screenshot(page, "agents-dark")
    page.click("text=1 task")
    expect(page.locator("#result_list")).to_contain_text("Morning report")


def test_a_signal_is_found_read_and_moved_by_hand(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    run = make_run()
    signal, _ = services.ingest(
        SIGNAL | {"run_id": str(run.id), "task_id": run.task_id}
    )
    services.ingest({"ticker": "FPT", "content": "x"})
    (taken, _other) = services.claim(consumer="scorer", limit=2)
    services.fail(taken.pk, taken.lease_token, "no price for VNM")
    go(page, live_server, "signals_signaloutput_changelist")
    keep_screenshot(page, "signals")
    page.locator("#content-main").get_by_text("Filters", exact=False).first.click()
    page.fill("input[name=ticker__icontains]", "vnm")
    keep_screenshot(page, "signals-filters")
    page.click("#changelist-filter button[type=submit]")
    expect(page.locator("#result_list tbody")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("VNM")

    go(page, live_server, "signals_signaloutput_change", signal.pk)
    expect(page.locator("body")).to_contain_text("Price change")
    keep_screenshot(page, "signal")
    on_a_phone_in_the_dark(page, "signal")
    page.click("summary:has-text('Put back to new')")
    page.fill("details[open] textarea[name=note]", "The price is there now.")
    keep_screenshot(page, "signal-move")
    page.click("button:has-text('Confirm: Put back to new')")
    expect(page.locator("body")).to_contain_text("The signal was moved.")
    assert SignalOutput.objects.get(pk=signal.pk).status == "new"


SIGNAL = {
    "ticker": "VNM",
    "event_type": "earnings",
    "event_date": "2026-11-20",
    "source": "hose",
    "task_name": "Morning report",
    "content": "**VNM** beat its estimate.\n\n- revenue +8 %\n- margin flat",
    "layer1_result": {
        "score": 0.71,
        "is_new": True,
        "price_change": {"day": -1.2, "week": 3.4, "sources": ["hose", "reuters"]},
    },
    "layer2_result": {"verdict": "hold", "reasons": ["margin", "currency"]},
    "signal_factors": [
        {"name": "volume", "weight": 3, "direction": "up"},
        {"name": "trend", "weight": 1.5, "direction": "flat"},
    ],
    "metadata": {"model": "gpt-5"},
}


def test_a_check_shows_what_it_found_in_place_and_lifts_the_block(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    agent = make_agent(blocked_reason="There is no API key: give the agent one.")
    Agent.objects.update(blocked_at=agent.created_at, checked_at=agent.created_at)
    make_task(name="Evening report", agent=agent)
    go(page, live_server, "scheduling_agent_changelist")
    expect(page.locator("#result_list")).to_contain_text("There is no API key")
    keep_screenshot(page, "agents-blocked")
    go(page, live_server, "scheduling_scheduledtask_changelist")
    expect(page.locator("#result_list")).to_contain_text("Blocked")
    keep_screenshot(page, "tasks-blocked")
    go(page, live_server, "scheduling_agent_change", agent.pk)
    expect(page.locator("#agent-check")).to_contain_text("Blocked")
    keep_screenshot(page, "agent-blocked")
    on_a_phone_in_the_dark(page, "agent-blocked")
    page.click("#agent-check button")
    expect(page.locator("#agent-check .bb-findings")).to_contain_text("The options fit")
    expect(page.locator("#agent-check")).not_to_contain_text("Blocked")
    keep_screenshot(page, "agent-checked-phone-dark")
    assert Agent.objects.get(pk=agent.pk).blocked_at is None

"""The form of an agent that runs a command, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_admin import keep_screenshot, signed_in
from tests.browser.test_agents import go, on_a_phone_in_the_dark, save
from tests.factories import make_agent

__all__ = ["signed_in"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: agents"),
]


def test_a_command_gets_a_credential_with_a_free_name(
    signed_in: Page, live_server: Any, configure: Any
) -> None:
    configure("SCHEDULING", allowed_commands=("/bin/sh",))
    page = signed_in
    agent = make_agent(
        id="sh",
        backend="command",
        options={"command": ["/bin/sh", "-c", "true"]},
        credentials={"SHOP_TOKEN": "s3cret-one"},
    )
    go(page, live_server, "scheduling_agent_change", agent.pk)
    more = page.locator("[name=command__more_credentials]")
    expect(more).to_be_visible()
    expect(page.locator("[name=command__new_SHOP_TOKEN]")).to_be_visible()
    keep_screenshot(page, "agent-command")
    more.fill("OTHER_TOKEN=two")
    save(page)
    expect(page.locator("body")).to_contain_text("was changed successfully")
    agent = type(agent).objects.get()
    assert agent.credentials == {"SHOP_TOKEN": "s3cret-one", "OTHER_TOKEN": "two"}
    go(page, live_server, "scheduling_agent_change", agent.pk)
    on_a_phone_in_the_dark(page, "agent-command")

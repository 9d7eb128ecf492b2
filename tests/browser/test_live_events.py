"""The page of live events shows what the bus says, as it comes, until its reader pauses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from notifications.bus_message import own_message
from notifications.publisher import publisher
from notifications.subscriptions import hub
from tests.factories import make_user
from tests.notifications.conftest import valkey  # noqa: F401 -- a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: live events"),
]


def test_events_appear_as_they_come_and_not_while_paused(page: Page, live_server: Any, valkey: Any) -> None:  # noqa: F811  # fmt: skip
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])  # fmt: skip
    page.goto(f"{live_server.url}/admin/scheduling/event/live/")
    expect(page.locator("#live-state")).to_have_text("Listening.")
    assert hub().listening.wait(10)
    rows = page.locator("#live-rows tr")
    markup = {"task_id": "morning", "text": "<img src=x onerror=alert(1)>"}
    publisher().put([own_message("run.failed", source_agent="analyst", payload=markup)])
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("<img src=x")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#live-state")).to_contain_text("Paused")
    publisher().put([own_message("run.queued")])
    page.get_by_role("button", name="Pause").click()
    publisher().put([own_message("run.succeeded")])
    expect(rows.first).to_contain_text("run.succeeded")
    page.get_by_label("Only of this type").fill("task.*")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(0)
    assert faults == []
    page.goto("about:blank")
    for inbox in hub()._inboxes:
        inbox.close()

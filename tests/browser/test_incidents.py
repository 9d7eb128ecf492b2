"""From the banner to the incident, its timeline and its end, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.incidents import open_incident
from notifications.models import Incident
from tests.browser.screens import is_too_wide
from tests.browser.test_run_page import keep_screenshots, signed_in
from tests.factories import make_incident, make_shared_webhook, make_task

__all__ = ["signed_in"]  # a fixture
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: approvals"),
]
NOTE = "Error: HTTP 529: overloaded, <b>see</b> https://example.com/" + "a" * 120


def test_an_incident_is_looked_at_acknowledged_and_resolved(
    signed_in: Page, live_server: Any
) -> None:
    page = signed_in
    page.goto(f"{live_server.url}/admin/notifications/incident/")
    expect(page.get_by_text("Nothing has gone wrong yet")).to_be_visible()
    keep_screenshots(page, "incidents-none")
    make_shared_webhook(name="Trực ban", for_alerts=True)
    make_task(id="brief", name="Báo cáo sáng")
    opened = open_incident(
        Incident.Kind.FAILING, "task:brief", title="Báo cáo sáng fails", note=NOTE,
        task_id="brief", now=timezone.now() - timedelta(hours=26),
    )  # fmt: skip
    assert opened
    make_incident(kind="beat_silent", key="installation", title="No beat is running", task_id="", acknowledged_at=timezone.now())  # fmt: skip

    page.goto(f"{live_server.url}/admin/")
    keep_screenshots(page, "incidents-home")
    page.get_by_role("link", name="To the incidents").click()
    keep_screenshots(page, "incidents")
    page.get_by_role("link", name="Báo cáo sáng fails").click()
    expect(page.get_by_text("HTTP 529: overloaded, <b>see</b>")).to_be_visible()
    keep_screenshots(page, "incident")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not is_too_wide(page)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged 1 incident.")).to_be_visible()
    expect(page.get_by_role("link", name="To the incidents")).to_have_count(0)
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Resolved 1 incident.")).to_be_visible()
    expect(page.get_by_role("button", name="Resolve")).to_have_count(0)
    keep_screenshots(page, "incident-over")
    opened.refresh_from_db()
    assert opened.acknowledged_by is not None
    assert opened.resolved_by == opened.acknowledged_by

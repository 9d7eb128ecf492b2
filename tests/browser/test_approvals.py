"""Approving an output, and following the steps of a run, in a real browser."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.models import Delivery
from scheduling.models import Run, Step
from tests.browser.screens import is_too_wide
from tests.browser.test_run_page import OUTPUT, address, keep_screenshots, signed_in
from tests.factories import make_approval, make_run, make_task, make_webhook

__all__ = ["signed_in"]  # a fixture
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: approvals"),
]


def test_an_output_is_edited_and_approved(signed_in: Page, live_server: Any) -> None:
    task = make_task(name="Morning report", needs_approval=True)
    make_webhook(task)
    asked = make_approval(
        task, output=OUTPUT, expires_at=timezone.now() + timedelta(hours=2)
    )
    page = signed_in
    page.goto(f"{live_server.url}/admin/scheduling/approval/")
    keep_screenshots(page, "approvals")
    page.get_by_role("link", name="Morning report").click()
    page.get_by_text("Edit it first").click()
    keep_screenshots(page, "approval")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not is_too_wide(page)
    page.get_by_label("What is told").fill("Closes **higher**.")
    page.get_by_label("Note").fill("Shorter.")
    page.get_by_role("button", name="Save and approve").click()
    expect(page.get_by_text("the output was edited")).to_be_visible()
    keep_screenshots(page, "approved")
    assert Delivery.objects.get().payload["content"] == "Closes **higher**."
    assert Run.objects.get(pk=asked.pk).approval == "approved"


def test_an_output_is_rejected(signed_in: Page, live_server: Any) -> None:
    asked = make_approval()
    signed_in.goto(address(live_server, asked.run))
    signed_in.get_by_label("Note").fill("Wrong numbers.")
    signed_in.get_by_role("button", name="Reject").click()
    expect(signed_in.get_by_text("Wrong numbers.")).to_be_visible()
    assert Run.objects.get(pk=asked.pk).approval == "rejected"


def test_the_steps_come_while_the_run_goes_on_and_what_is_open_stays_open(
    signed_in: Page, live_server: Any
) -> None:
    now = timezone.now()
    run = make_run(
        status="running", attempt=1, started_at=now, lease_token=uuid.uuid4(),
        lease_expires_at=now + timedelta(minutes=5),
    )  # fmt: skip
    page = signed_in
    page.goto(address(live_server, run))
    ended = {"status": "succeeded", "ended_at": now + timedelta(seconds=2)}
    Step.objects.create(run=run, number=1, kind="tool", name="fetch_page", text='{"url": "https://example.com/' + "a" * 200 + '"}', result="the page " * 50, **ended)  # fmt: skip
    page.get_by_text("Arguments and result").click()
    Step.objects.create(run=run, number=2, kind="progress", text="Reading the second page", **ended)  # fmt: skip
    Step.objects.create(run=run, number=3, kind="model", name="gpt-5", input_tokens=12_000, output_tokens=300, cost=Decimal("0.031"), result="# Hello", **ended)  # fmt: skip
    Step.objects.create(run=run, number=4, kind="tool", name="list_runs")
    expect(page.get_by_text("Reading the second page")).to_be_visible()
    expect(page.get_by_text("the page the page")).to_be_visible()
    expect(page.get_by_text("12,000 / 300").first).to_be_visible()
    keep_screenshots(page, "steps")
    page.set_viewport_size({"width": 390, "height": 844})
    assert not is_too_wide(page)

"""Importing tasks from files, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scheduling.models import ScheduledTask
from tests.browser.test_admin import keep_screenshot, signed_in
from tests.browser.test_agents import go, on_a_phone_in_the_dark
from tests.factories import make_agent, make_task
from tests.scheduling.interop.native import REPORT

__all__ = ["signed_in"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: admin"),
]


def plan(page: Page, text: str) -> None:
    page.locator("[name=text]").fill(text)
    page.get_by_role("button", name="Show what would be done").click()


def test_files_are_chosen_planned_and_loaded(
    signed_in: Page, live_server: Any, tmp_path: Any
) -> None:
    make_task(id="report", name="By hand", agent=make_agent())
    page = signed_in
    go(page, live_server, "scheduling_scheduledtask_changelist")
    page.get_by_role("link", name="Import tasks").click()
    keep_screenshot(page, "import-choose")
    on_a_phone_in_the_dark(page, "import-choose")
    go(page, live_server, "scheduling_scheduledtask_import_tasks")
    path = tmp_path / "reports.yaml"
    path.write_text(REPORT)
    page.locator("[name=uploads]").set_input_files(path)
    page.get_by_role("button", name="Show what would be done").click()
    expect(page.locator(".bb-plan")).to_contain_text("was not loaded from a file")
    keep_screenshot(page, "import-plan")
    page.get_by_role("button", name="Do all of this").click()
    expect(page.locator("body")).to_contain_text("Imported: 2 create")
    assert ScheduledTask.objects.filter(pk="digest").exists()


def test_a_plan_fits_a_phone(signed_in: Page, live_server: Any) -> None:
    page = signed_in
    go(page, live_server, "scheduling_scheduledtask_import_tasks")
    plan(page, REPORT)
    on_a_phone_in_the_dark(page, "import-plan")


def test_faults_are_shown(signed_in: Page, live_server: Any) -> None:
    page = signed_in
    go(page, live_server, "scheduling_scheduledtask_import_tasks")
    plan(page, REPORT.replace("07:00", "27:00").replace("agent_id: analyst", "agent_id: nobody"))  # fmt: skip
    expect(page.locator(".bb-said .bb-bad")).to_have_count(3)
    keep_screenshot(page, "import-faults")

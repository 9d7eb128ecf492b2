"""The page of what a task remembers, in a real browser; and the task's form beside it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from scheduling import services
from scheduling.services.memories import holder_of, note_down
from tests.browser.test_versions import keep_screenshots, sign_in
from tests.factories import make_run, make_task, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_edits_the_memory_and_sets_it_back(
    page: Page, live_server: Any
) -> None:
    task = make_task(include_memory=True)
    run = make_run(task)
    holder = holder_of(task)
    note_down(holder, "Seen: FPT\nSeen: VIC", run_id=run.id)
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("admin:scheduling_scheduledtask_change", args=[task.pk]))  # fmt: skip
    page.locator(f'a[href="{reverse("admin:scheduling_memory_scheduledtask", args=[task.pk])}"]').click()  # fmt: skip
    page.get_by_label("Memory", exact=True).fill("Seen: FPT\nSeen: VCB")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Remembered as version 2.")).to_be_visible()
    expect(page.get_by_role("link", name="its run")).to_be_visible()
    keep_screenshots(page, "memory")
    page.get_by_role("link", name="2", exact=True).click()
    expect(page.locator("ins")).to_contain_text("Seen: VCB")
    keep_screenshots(page, "memory-version")
    page.get_by_role("link", name="All versions").click()
    page.get_by_role("link", name="1", exact=True).click()
    page.get_by_role("button", name="Set back to this version").click()
    expect(page.get_by_label("Memory", exact=True)).to_have_value(
        "Seen: FPT\nSeen: VIC"
    )


def test_on_a_phone_each_version_of_a_memory_is_one_row(
    page: Page, live_server: Any
) -> None:
    task = make_task(include_memory=True)
    services.save_memory(task, "Seen: FPT", user=make_user(username="lan"))
    sign_in(page, live_server)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + reverse("admin:scheduling_memory_scheduledtask", args=[task.pk]))  # fmt: skip
    cells = page.locator(".bb-of-memory tbody tr").first.locator("th, td")
    boxes = [box for cell in cells.all() if (box := cell.bounding_box())]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert boxes[1]["width"] > 100


def test_the_name_of_a_task_has_room_beside_its_actions(
    page: Page, live_server: Any
) -> None:
    task = make_task(name="Prices")
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("admin:scheduling_scheduledtask_change", args=[task.pk]))  # fmt: skip
    name = page.locator("#header-inner h1").get_by_text("Prices")
    assert name.evaluate("e => e.scrollWidth <= e.clientWidth")


def test_the_list_and_the_fields_of_a_task_fit_the_screen(
    page: Page, live_server: Any
) -> None:
    task = make_task(include_memory=True, run_cost_limit="0.5", approval_seconds=7200)
    services.save_memory(task, "a", user=make_user(username="lan"))
    sign_in(page, live_server)
    page.goto(live_server.url + reverse("admin:scheduling_memory_changelist"))
    expect(page.get_by_role("link", name="Task “Morning report”")).to_be_visible()
    keep_screenshots(page, "memories")
    page.goto(live_server.url + reverse("admin:scheduling_scheduledtask_change", args=[task.pk]))  # fmt: skip
    expect(page.get_by_label("Cost of a run at most")).to_have_value("0.5")
    page.get_by_label("include memory", exact=False).first.scroll_into_view_if_needed()
    keep_screenshots(page, "task-freedom")

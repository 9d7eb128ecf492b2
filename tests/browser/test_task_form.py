"""The task's form in a browser: what shows, what is previewed while typing, what is said."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from scheduling.models import Calendar, ScheduledTask, Tag
from scheduling.services import save_calendar
from tests.browser.screens import DESKTOP, PHONE, is_too_wide
from tests.browser.test_every_page import settle
from tests.factories import make_agent, make_task, make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: task form"),
]


@pytest.fixture
def form(page: Page, live_server: Any) -> Page:
    """The form of a new task."""
    make_user(username="an", password="mat-khau-123", is_staff=True, is_superuser=True)
    make_agent()
    page.goto(f"{live_server.url}/admin/login/?next=/admin/scheduling/scheduledtask/add/")  # fmt: skip
    page.fill("input[name=username]", "an")
    page.fill("input[name=password]", "mat-khau-123")
    page.click("button[type=submit]")
    expect(page.locator("#scheduledtask_form")).to_be_visible()
    return page


def choose(page: Page, schedule_type: str) -> None:
    page.select_option("select[name=schedule_type]", schedule_type)


def search(page: Page, field: str, text: str) -> None:
    """Choose from a select with a search box, by the keyboard."""
    page.focus(f".field-{field} .select2-selection")
    page.keyboard.press("Enter")
    page.locator(".select2-container--open .select2-search__field").fill(text)
    page.locator(f".select2-results__option--highlighted:has-text('{text}')").wait_for()
    page.keyboard.press("Enter")


def unfold(page: Page, group: str) -> None:
    """Open a group of fields that is folded away."""
    page.locator("summary", has_text=group).click()


def keep_screenshot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for a person to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_only_the_fields_of_the_chosen_type_show(form: Page) -> None:
    shown = {
        "daily": ["schedule_time"],
        "weekly": ["weekdays", "schedule_time"],
        "monthly": ["month_days", "schedule_time"],
        "cron": ["cron_expression"],
        "once": ["run_at"],
        "interval": ["interval_seconds_0", "interval_seconds_1"],
    }
    names = {name for each in shown.values() for name in each}
    for schedule_type, wanted in shown.items():
        choose(form, schedule_type)
        visible = {n for n in names if form.locator(f"[name={n}]").first.is_visible()}
        assert visible == {*wanted}


def test_without_scripts_every_field_shows_and_is_still_checked(
    form: Page, browser: Any
) -> None:
    state = form.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(form.url)
    for name in ("schedule_time", "cron_expression", "run_at", "interval_seconds_0"):
        expect(plain.locator(f"[name={name}]")).to_be_visible()
    plain.fill("input[name=cron_expression]", "not for a daily task")
    plain.fill("input[name=schedule_time]", "25:00")
    plain.locator("[name=_save]").click()
    expect(plain.locator(".field-schedule_time")).to_contain_text("25:00")
    expect(plain.locator(".field-cron_expression .errorlist")).to_have_count(0)
    context.close()


def test_the_schedule_is_said_in_words_while_it_is_typed(form: Page) -> None:
    panel = form.locator("#schedule-preview")
    choose(form, "weekly")
    expect(panel).to_contain_text("Choose one weekday or more")
    form.get_by_label("Monday").check()
    form.fill("input[name=schedule_time]", "07:15")
    expect(panel).to_contain_text("every Monday at 07:15")
    expect(panel.locator("tbody tr")).to_have_count(5)
    form.fill("input[name=schedule_time]", "07:15x")
    expect(panel).to_contain_text("'07:15x'")
    form.fill("input[name=schedule_time]", "07:30")
    search(form, "timezone", "New_York")
    expect(panel).to_contain_text("In the task’s zone, America/New_York")
    keep_screenshot(form, "task-form-weekly")


def test_an_example_of_a_cron_line_is_put_in_by_a_click(form: Page) -> None:
    choose(form, "cron")
    form.click("text=The last Friday of the month at 17")
    expect(form.locator("[name=cron_expression]")).to_have_value("0 17 * * 5L")
    expect(form.locator("#schedule-preview")).to_contain_text(
        "the last Friday of the month at 17:00"
    )


def test_a_variable_is_put_where_the_cursor_is(form: Page) -> None:
    prompt = form.locator("[name=input_message]")
    prompt.fill("News of , please.")
    prompt.evaluate("field => field.setSelectionRange(8, 8)")
    form.locator("[data-insert='{{date}}']").first.click()
    expect(prompt).to_have_value("News of {{date}}, please.")


@pytest.mark.parametrize("typed", ["ho_chi", "Ho Chi", "Asia/Ho_Chi_Minh", "hà nội", "vietnam"])  # fmt: skip
def test_a_zone_is_found_however_it_is_written(form: Page, typed: str) -> None:
    form.select_option("select[name=timezone]", "UTC", force=True)
    form.focus(".field-timezone .select2-selection")
    form.keyboard.press("Enter")
    form.locator(".select2-container--open .select2-search__field").fill(typed)
    expect(form.locator(".select2-results__option")).to_have_text(
        re.compile("^Asia/Ho_Chi_Minh")
    )


def test_a_refused_save_leads_to_the_first_faulty_field(form: Page) -> None:
    form.fill("input[name=name]", "Morning report")
    form.fill("input[name=max_attempts]", "-1")
    form.locator("[name=_save]").click()
    banner = form.locator(".bb-faulty")
    expect(banner.locator("a").first).to_have_text("Agent")
    expect(form.locator(".field-agent .select2-selection")).to_be_focused()
    keep_screenshot(form, "task-form-refused")
    banner.get_by_text("Attempts at most").click()
    expect(form.locator("[name=max_attempts]")).to_be_focused()


def test_a_task_with_a_webhook_is_made_without_scripts(
    form: Page, browser: Any
) -> None:
    reader = make_user(username="reader")
    state = form.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    plain = context.new_page()
    plain.goto(form.url)
    plain.click("text=open this page with a blank webhook")
    plain.fill("input[name=name]", "Plain")
    plain.select_option("select[name=agent]", "echo")
    plain.select_option("select[name=target_user_id]", str(reader.pk))
    plain.fill("textarea[name=input_message]", "Report.")
    plain.fill("input[name=schedule_time]", "07:00")
    plain.fill("input[name=webhooks-0-name]", "hook")
    plain.fill("[name=webhooks-0-url]", "https://8.8.8.8/hook")
    keep_screenshot(plain, "task-form-plain")
    plain.locator("[name=_save]").click()
    plain.wait_for_url("**/scheduledtask/")
    task = ScheduledTask.objects.get(id="plain")
    assert (task.agent_id, task.target_user_id) == ("echo", str(reader.pk))
    assert task.webhooks.get().name == "hook"
    context.close()


def test_a_preview_that_fails_says_so(form: Page) -> None:
    form.route("**/preview/", lambda route: route.abort())
    form.fill("input[name=schedule_time]", "07:00")
    expect(form.locator("#schedule-preview")).to_contain_text("cannot be shown")


def test_a_task_is_made_by_keyboard_and_mouse_and_opened_again(
    form: Page, live_server: Any
) -> None:
    reader = make_user(username="reader")
    Tag.objects.create(name="markets")
    form.fill("input[name=name]", "Morning report")
    search(form, "target_user_id", "reader")
    form.focus(".field-tags .select2-search__field")
    form.keyboard.type("markets,fresh,")
    form.keyboard.press("Escape")
    search(form, "agent", "Echo")
    form.fill("textarea[name=input_message]", "Report for {{date}}.")
    choose(form, "once")
    form.fill("input[name=run_at]", "2030-01-31T07:00")
    keep_screenshot(form, "task-form-new")
    form.locator("[name=_save]").click()
    form.wait_for_url("**/scheduledtask/")
    task = ScheduledTask.objects.get(id="morning-report")
    assert task.target_user_id == str(reader.pk)
    assert task.owner.username == "an"
    assert [tag.name for tag in task.tags.all()] == ["fresh", "markets"]
    form.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.pk}/change/")
    expect(form.locator("[name=run_at]")).to_have_value("2030-01-31T07:00")
    expect(form.locator("#schedule-preview")).to_contain_text("once, 2030-01-31 07:00")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_a_phone(form: Page, live_server: Any, theme: str) -> None:
    task = make_task(
        schedule_type="cron", cron_expression="30 2 13 * 5", timezone="America/New_York",
        schedule_error="", last_status="failed", run_count=3, failure_count=3, consecutive_failures=3,
    )  # fmt: skip
    form.emulate_media(color_scheme=theme)
    form.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.pk}/change/")
    expect(form.locator("#schedule-preview")).to_contain_text("either")
    keep_screenshot(form, f"task-form-{theme}")
    form.set_viewport_size({"width": 390, "height": 844})
    keep_screenshot(form, f"task-form-{theme}-phone")
    width = form.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    assert re.search(r"\bdark\b", form.get_attribute("html", "class") or "") is None or theme == "dark"  # fmt: skip


def looks(page: Page, name: str, *, typed: bool = False) -> None:
    """Pictures in the light, on a phone and in the dark, which needs a reload: not of what is typed."""
    keep_screenshot(page, f"{name}-light")
    page.set_viewport_size(PHONE)
    settle(page)
    assert not is_too_wide(page)
    keep_screenshot(page, f"{name}-phone")
    page.set_viewport_size(DESKTOP)
    if not typed:
        page.emulate_media(color_scheme="dark")
        page.reload()
        keep_screenshot(page, f"{name}-dark")
        page.emulate_media(color_scheme="light")


def test_what_a_policy_does_not_use_is_hidden(form: Page) -> None:
    unfold(form, "When things go otherwise")
    unfold(form, "Calendar, limits and spread")
    cap = form.locator("[name=catch_up_cap]")
    form.select_option("select[name=catch_up]", "all")
    expect(cap).to_be_visible()
    form.select_option("select[name=catch_up]", "skip")
    expect(cap).to_be_hidden()
    choose(form, "none")
    expect(form.locator("[name=max_runs]")).to_be_hidden()
    expect(form.get_by_text("Calendar, limits and spread")).to_be_hidden()
    expect(form.locator("#schedule-preview")).to_contain_text("no schedule of its own")


def test_a_task_with_a_calendar_and_a_task_before_it(form: Page) -> None:
    days = [str(timezone.now().date() + timedelta(days=n)) for n in range(2, 5)]
    dates = dict.fromkeys(days, "Tết")
    save_calendar(Calendar(name="Ngày lễ", dates=dates), user=None)
    make_task(id="prices", name="Prices")
    form.reload()
    form.fill("input[name=name]", "Morning report")
    search(form, "agent", "Echo")
    form.fill("textarea[name=input_message]", "Report on {{parent_output}}.")
    form.fill("input[name=schedule_time]", "07:00")
    unfold(form, "Calendar, limits and spread")
    form.select_option("select[name=calendar]", "ngay-le")
    panel = form.locator("#schedule-preview")
    expect(panel.locator("tr.bb-closed").first).to_contain_text("closed: Tết")
    form.get_by_text("Add a task before it").click()
    form.select_option("select[name=dependencies-0-parent]", "prices", force=True)
    looks(form, "task-form-calendar", typed=True)
    form.locator("[name=_save]").click()
    form.wait_for_url("**/scheduledtask/")
    task = ScheduledTask.objects.get(id="morning-report")
    assert task.calendar_id == "ngay-le"
    assert [each.parent_id for each in task.dependencies.all()] == ["prices"]


def test_a_task_is_paused_with_a_note_and_a_moment(
    form: Page, live_server: Any
) -> None:
    make_task(id="report", name="Report")
    page = f"{live_server.url}/admin/scheduling/scheduledtask/report/change/"
    form.goto(page)
    form.get_by_role("link", name="Pause or resume").first.click()
    form.fill("textarea[name=note]", "Moving house")
    form.fill("input[name=resume_at]", "2099-01-31T07:00")
    looks(form, "task-pause", typed=True)
    form.get_by_role("button", name="Pause", exact=True).click()
    expect(form.locator(".bb-state")).to_contain_text("Moving house")
    looks(form, "task-paused")


def test_a_calendar_is_made_and_shows_its_days(form: Page, live_server: Any) -> None:
    form.goto(f"{live_server.url}/admin/scheduling/calendar/add/")
    form.fill("input[name=name]", "Ngày lễ")
    form.get_by_label("Sunday").uncheck()
    day = timezone.now().date() + timedelta(days=9)
    day += timedelta(days=day.isoweekday() == 7)
    form.fill("textarea[name=dates]", f"{day} Tết")
    form.locator("[name=_continue]").click()
    expect(form.locator("section:has(#calendar-days)")).to_contain_text("Tết")
    expect(form.locator("section:has(#calendar-days)")).to_contain_text("Sunday")
    looks(form, "calendar")
    form.goto(f"{live_server.url}/admin/scheduling/calendar/")
    looks(form, "calendars")


def test_what_few_tasks_need_is_folded_away_until_it_is_set(form: Page, live_server: Any) -> None:  # fmt: skip
    days, spread = (form.locator(f"[name={name}]") for name in ("excluded_dates", "jitter_seconds_0"))  # fmt: skip
    expect(form.locator("[name=overlap]")).to_be_hidden()
    expect(days).to_be_hidden()
    unfold(form, "Calendar, limits and spread")
    form.fill("textarea[name=excluded_dates]", "2030-13-01")
    form.locator("[name=_save]").click()
    expect(form.locator(".field-excluded_dates .errorlist")).to_be_visible()
    task = make_task(jitter_seconds=90)
    form.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.pk}/change/")
    expect(spread).to_have_value("90")
    expect(spread).to_be_visible()
    expect(form.locator("[name=overlap]")).to_be_hidden()

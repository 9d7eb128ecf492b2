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


def admin_password(place: Installation) -> str:
    shown = re.search(r"Login +admin / (\S+)", place.welcome)
    assert shown
    return shown[1]


def sign_in_as_admin(page: Page, place: Installation) -> None:
    sign_in(page, place, "admin", admin_password(place))
    page.get_by_role("link", name="Admin", exact=True).click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


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
    page.get_by_role("link", name="Add agent", exact=True).click()
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


def open_listed(page: Page, name: str) -> None:
    page.locator("#result_list").get_by_role("link", name=name, exact=True).click()


def run_now(page: Page) -> None:
    """From the task's page to the run's, through the question."""
    page.get_by_role("link", name="Run now").first.click()
    expect(page.locator("body")).to_contain_text(re.compile("Run “.*” now?"))
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/scheduling/run/*/change/")


def received(outside: HTTPServer, path: str) -> list[Any]:
    """The JSON bodies that arrived at `path`, oldest first."""
    return [json.loads(asked.get_data()) for asked, _ in list(outside.log) if asked.path == path]  # fmt: skip


def make_task_by_api(place: Installation, task_id: str, **fields: Any) -> None:
    agents = place.get("/v2/admin/agents/")
    if "quick" not in {each["id"] for each in agents.get("results", agents)}:
        place.make_agent("quick", "echo", reply=REPLY)
    task = {"id": task_id, "name": task_id, "agent_id": "quick", "input_message": "Report.",
            "schedule_type": "daily", "schedule_time": "07:00"}  # fmt: skip
    place.post("/v2/admin/scheduled-tasks/", task | fields)


def run_by_api(place: Installation, task_id: str) -> str:
    """Run it to its end; the run's id."""
    place.post(f"/v2/admin/scheduled-tasks/{task_id}/run", status=202)
    return str(place.await_runs(task_id, "succeeded")[0]["run_id"])


# -- the journey


def test_a_person_makes_a_task_follows_it_and_mends_what_did_not_arrive(
    page: Page, place: Installation, outside: HTTPServer
) -> None:
    outside.clear()
    for path in ("/discord", "/template"):
        outside.expect_request(path, method="POST").respond_with_json({})
    refusal = {"ok": False, "error_code": 400, "description": "Bad Request: TOPIC_CLOSED"}  # fmt: skip
    outside.expect_oneshot_request("/telegram").respond_with_json(refusal, status=400)
    outside.expect_request("/telegram").respond_with_json({"ok": True})
    sign_in_as_admin(page, place)
    add_person(page, place, "lan")
    add_agent(page, place, "Market analyst")
    begin_task(page, place, "Morning report", "Market analyst", "lan")
    watch_the_schedule(page)
    add_webhooks(page, outside)
    save(page)
    expect(page.locator("#result_list")).to_contain_text("every Monday at 08:30")

    open_listed(page, "Morning report")
    run_now(page)
    follow_to_the_end(page)
    keep_screenshot(page, "clicks-run")
    page.locator("#content-main").get_by_role("link", name="History").click()
    row = page.locator("#result_list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Manual")
    row.get_by_role("link", name="Succeeded").click()
    replay_what_failed(page, outside)

    page.locator("#run-head").get_by_role("link", name="Morning report").click()
    clone_and_run(page, outside)
    page.goto(f"{place.stack.url}/admin/scheduling/scheduledtask/")
    page.get_by_role("switch", name="Morning report: active").click()
    expect(page.locator("#state-morning-report")).to_contain_text("Paused")


def watch_the_schedule(page: Page) -> None:
    """The words and the next five times change while one types."""
    panel = page.locator("#schedule-preview")
    page.locator("[name=schedule_type]").select_option("weekly")
    page.get_by_label("Monday").check()
    page.locator("[name=schedule_time]").fill("07:15")
    expect(panel).to_contain_text("every Monday at 07:15")
    expect(panel.locator("tbody tr")).to_have_count(5)
    before = panel.locator("tbody").inner_text()
    page.locator("[name=schedule_time]").fill("08:30")
    expect(panel).to_contain_text("every Monday at 08:30")
    assert panel.locator("tbody").inner_text() != before


def add_webhooks(page: Page, outside: HTTPServer) -> None:
    """Discord, previewed and tried out; Telegram; a template with a secret header."""
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


def follow_to_the_end(page: Page) -> None:
    """The page of a run shows what becomes of it, without being loaded again."""
    head, told = page.locator("#run-head"), page.locator("#run-told")
    expect(head).to_contain_text(re.compile("Queued|Running"))
    page.evaluate("window.isTheSame = true")
    expect(head).to_contain_text("Succeeded")
    expect(told.locator(".bb-delivery")).to_have_count(3)
    expect(told.locator(".bb-delivery > h2 .bb-good")).to_have_count(2)
    expect(told).to_contain_text("TOPIC_CLOSED")
    assert page.evaluate("window.isTheSame")
    expect(page.locator(".bb-output h1")).to_have_text("Morning report")
    expect(page.locator(".bb-output strong")).to_have_text("+1.2 %")
    expect(page.locator("#run-prompt")).to_contain_text("Write the report for 20")
    expect(page.locator("#run-timeline")).to_contain_text("Started")
    expect(page.locator("#run-timeline")).to_contain_text("Market room")


def replay_what_failed(page: Page, outside: HTTPServer) -> None:
    failed = page.locator(".bb-delivery", has_text="Phone")
    expect(failed.locator(".bb-reason").first).to_contain_text("TOPIC_CLOSED")
    failed.locator("summary", has_text="Replay").click()
    failed.get_by_text("Yes, replay it").click()
    expect(page.locator("body")).to_contain_text("The delivery is sent again.")
    expect(page.locator(".bb-delivery > h2 .bb-good")).to_have_count(3)
    assert received(outside, "/telegram")[1]["chat_id"] == "-100123"


def clone_and_run(page: Page, outside: HTTPServer) -> None:
    """The copy is paused, and tells whom the first one tells, secrets and all."""
    page.locator("li > a", has_text="More").click()
    page.get_by_role("link", name="Clone").filter(visible=True).first.click()
    expect(page.locator("[name=name]")).to_have_value("Morning report (copy)")
    expect(page.locator("#id_webhooks-2-url")).to_have_value("")
    save(page)
    open_listed(page, "Morning report (copy)")
    expect(page.locator("#task-state")).to_contain_text("Paused")
    run_now(page)
    expect(page.locator("#run-head")).to_contain_text("Succeeded")
    expect(page.locator(".bb-delivery > h2 .bb-good")).to_have_count(3)
    requests = [asked for asked, _ in outside.log if asked.path == "/template"]
    assert [asked.headers["X-Key"] for asked in requests] == ["s3cret", "s3cret"]


def test_signals_are_found_by_ticker_and_type(page: Page, place: Installation) -> None:
    found = [("VNM", "earnings"), ("VNM", "dividend"), ("FPT", "earnings")]
    code = (
        "from signals.services import ingest\n"
        f"for ticker, event in {found}: "
        "ingest({'ticker': ticker, 'event_type': event, 'content': 'Up.'})"
    )
    place.stack.manage("shell", "-c", code)
    sign_in_as_admin(page, place)
    page.get_by_role("link", name="Signal outputs").first.click()
    page.get_by_role("button", name="Filters").click()
    page.locator("input[name=ticker__icontains]").fill("vnm")
    page.locator("input[name=event_type__icontains]").fill("earn")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("VNM")
    assert "ticker__icontains=vnm" in page.url


def test_a_target_user_reads_their_message_in_their_language(
    page: Page, place: Installation
) -> None:
    user_id = make_person(place, "minh")
    make_task_by_api(place, "for-minh", target_user_id=user_id)
    run_by_api(place, "for-minh")
    sign_in(page, place, "minh", PASSWORD)
    expect(page).to_have_title("(1) Inbox · Backbeat")
    page.get_by_role("link", name=re.compile("Unread: for-minh")).click()
    expect(page.locator(".message.assistant strong")).to_have_text("+1.2 %")
    expect(page.get_by_role("button", name="Mark as unread")).to_be_visible()
    page.locator("footer button[lang=vi]").click()
    expect(page.get_by_role("button", name="Đánh dấu chưa đọc")).to_be_visible()
    page.locator(".back a").click()
    expect(page).to_have_title("Hộp thư · Backbeat")
    assert misprints(page, "vi") == []
    keep_screenshot(page, "clicks-inbox-vi")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


def make_person(place: Installation, name: str) -> str:
    """Somebody who is no staff; their id."""
    code = (
        "from django.contrib.auth.models import User; "
        f"print('id:', User.objects.create_user({name!r}, password={PASSWORD!r}).pk)"
    )
    return place.stack.manage("shell", "-c", code).split("id:")[-1].strip()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_the_core_is_there_in_vietnamese_on_every_screen(
    page: Page, place: Installation, screen: Any
) -> None:
    task_id = f"sang-{screen['width']}"
    make_task_by_api(place, task_id, target_user_id=make_person(place, task_id))
    run_id = run_by_api(place, task_id)
    page.set_viewport_size(screen)
    sign_in(page, place, "admin", admin_password(place))
    page.locator("footer button[lang=vi]").click()
    expect(page.get_by_role("heading", name="Hộp thư")).to_be_visible()
    tasks = "/admin/scheduling/scheduledtask/"
    for path, words in {
        "/": ["Hộp thư", "Tài khoản"],
        "/admin/": ["Tổng quan", "Hôm nay", "Sắp chạy"],
        tasks: ["Lịch", "mỗi ngày lúc 07:00", "Thành công", "Hoạt động"],
        f"{tasks}{task_id}/change/": ["Ý nghĩa của lịch này", "mỗi ngày lúc 07:00"],
        f"{tasks}{task_id}/run-now/": ["Chạy ngay", "Lời nhắc"],
        "/admin/scheduling/run/": ["Thành công", task_id],
        f"/admin/scheduling/run/{run_id}/change/": ["Thành công", "Đầu ra", "Dòng thời gian", "Lời nhắc đã gửi"],
        "/account/": ["Múi giờ", "Đổi mật khẩu"],
    }.items():  # fmt: skip
        page.goto(place.stack.url + path)
        for each in words:
            expect(page.locator("body")).to_contain_text(each)
        assert misprints(page, "vi") == [], path

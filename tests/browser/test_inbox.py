"""The inbox and the account pages, as the people see them whom tasks write to."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from notifications.models import ChatSession
from tests.browser.test_admin import keep_screenshot
from tests.factories import make_user
from tests.notifications.test_inbox import make_session

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: inbox"),
]
PASSWORD = "mat-khau-123"
REPORT = """# Báo cáo sáng

VN-Index **+1.2 %**, see https://example.com/a_very_long_address_without_any_place_to_break_it/and/more.

| Mã | Giá | Thay đổi | Khối lượng | Ghi chú |
|:---|----:|---------:|-----------:|:-------:|
| VNM | 71.200 | +1,2 % | 1.234.500 | một ghi chú rất dài không xuống dòng |

- một
  - hai

```python
def close(prices: list[float]) -> float:
    return prices[-1]  # the last one of the day, whatever happened before, and a long comment
```

> quoted <script>window.hacked = true</script> <img src=x onerror="window.hacked = true">
"""


@pytest.fixture
def lan() -> Any:
    return make_user(username="lan", password=PASSWORD)


@pytest.fixture
def quiet(page: Page) -> Any:
    """No page may complain in the console, of its policy above all."""
    said: list[str] = []
    page.on(
        "console", lambda each: said.append(each.text) if each.type == "error" else None
    )
    yield
    assert said == []


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("input[name=username]", "lan")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def is_as_wide_as_the_screen(page: Page) -> bool:
    width: bool = page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    return width


def test_a_person_signs_in_and_reads_what_was_written_to_them(
    page: Page, live_server: Any, lan: Any, quiet: None
) -> None:
    shown = make_session(lan, "Báo cáo sáng", said=REPORT, minutes_ago=1)
    make_session(lan, "Older", minutes_ago=90)
    sign_in(page, live_server.url)
    expect(page).to_have_url(f"{live_server.url}/")
    expect(page).to_have_title("(2) Inbox · Backbeat")
    keep_screenshot(page, "inbox")

    page.click("text=Báo cáo sáng")
    expect(page.locator("button:has-text('Mark as unread')")).to_be_visible()
    expect(page.locator(".back")).to_contain_text("(1)")
    expect(page.locator(".bb-prose table")).to_be_visible()
    expect(page.locator(".code .k").first).to_have_text("def")
    assert page.evaluate("window.hacked") is None
    keep_screenshot(page, "inbox-session")
    shown.refresh_from_db()
    assert shown.read_at is not None

    page.click("text=Mark as unread")
    expect(page).to_have_title("(2) Inbox · Backbeat")
    page.click("text=Mark all as read")
    expect(page).to_have_title("Inbox · Backbeat")
    assert not ChatSession.objects.filter(read_at=None).exists()


def test_searching_filtering_and_leafing_work_by_clicks(
    page: Page, live_server: Any, lan: Any, quiet: None
) -> None:
    make_session(lan, "Đường dài")
    for age in range(1, 40):
        make_session(lan, f"Report {age}", minutes_ago=age)
    sign_in(page, live_server.url)
    page.click("text=Older")
    expect(page.locator(".sessions li")).to_have_count(10)
    page.click("text=Newer")
    expect(page.locator(".sessions li")).to_have_count(30)
    page.fill("#q", "duong")
    page.press("#q", "Enter")
    expect(page.locator(".sessions li")).to_have_count(1)
    page.click("text=Unread >> nth=0")
    assert "q=duong" in page.url


def test_it_is_all_there_without_scripts(
    browser: Browser, live_server: Any, lan: Any
) -> None:
    shown = make_session(lan, "Morning")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server.url)
    page.click("text=Morning")
    shown.refresh_from_db()
    assert shown.read_at is None
    page.click("text=Mark as read")
    expect(page.locator("button:has-text('Mark as unread')")).to_be_visible()
    shown.refresh_from_db()
    assert shown.read_at is not None
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    browser: Browser, live_server: Any, lan: Any, scheme: Any
) -> None:
    shown = make_session(lan, "Báo cáo " + "sáng " * 20 + "x" * 90, said=REPORT)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    keep_screenshot(page, f"phone-{scheme}-login")
    sign_in(page, live_server.url)
    for path in (
        "",
        f"sessions/{shown.pk}/",
        "account/",
        "account/password/",
        "nowhere",
    ):
        page.goto(f"{live_server.url}/{path}")
        name = path.split("/")[0] or "inbox"
        keep_screenshot(page, f"phone-{scheme}-{name}{path.count('/')}")
        assert is_as_wide_as_the_screen(page), path
    context.close()


def test_times_are_in_the_zone_of_the_browser_from_the_first_page_on(
    browser: Browser, live_server: Any, lan: Any
) -> None:
    context = browser.new_context(timezone_id="America/New_York")
    page = context.new_page()
    sign_in(page, f"{live_server.url}/account/")
    expect(page.locator("body")).to_contain_text("Times are shown in America/New_York")
    page.select_option("select[name=timezone]", "Asia/Ho_Chi_Minh")
    page.click("button:text-is('Save')")
    expect(page.locator("body")).to_contain_text("Times are shown in Asia/Ho_Chi_Minh")
    keep_screenshot(page, "account")
    page.select_option("select[name=timezone]", "")
    page.click("button:text-is('Save')")
    expect(page.locator("body")).to_contain_text("Times are shown in America/New_York")
    context.close()


def test_the_keyboard_reaches_the_content_first(
    page: Page, live_server: Any, lan: Any, quiet: None
) -> None:
    make_session(lan, "Morning")
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_who_is_not_staff_is_led_from_the_admin_to_the_inbox(
    page: Page, live_server: Any, lan: Any
) -> None:
    sign_in(page, f"{live_server.url}/admin/")
    expect(page.locator("body")).to_contain_text("not one of the staff")
    keep_screenshot(page, "not-allowed")
    page.click("text=To the inbox")
    expect(page).to_have_url(f"{live_server.url}/")

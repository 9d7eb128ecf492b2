"""The pages of users and API tokens, as superusers see them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pages.tokens import make_token
from tests.browser.screens import PHONE, is_too_wide, keep_screenshot
from tests.factories import make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: people"),
]
PASSWORD = "mat-khau-123"


@pytest.fixture
def as_root(page: Page, live_server: Any) -> Any:
    user = make_user(username="lan", password=PASSWORD, is_staff=True, is_superuser=True)  # fmt: skip
    page.goto(f"{live_server.url}/admin/")
    page.fill("input[name=username]", "lan")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#header-inner, #nav-sidebar").first).to_be_attached()
    return user


def test_a_new_token_is_copied_by_a_click(as_root: Any, page: Page, live_server: Any) -> None:  # fmt: skip
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tokens = f"{live_server.url}/admin/knox/authtoken/"
    page.goto(tokens)
    keep_screenshot(page, "tokens-none")
    page.get_by_role("link", name="Make an API token").click()
    page.fill("input[name=name]", "signal importer")
    keep_screenshot(page, "token-add")
    page.get_by_role("button", name="Save").first.click()
    keep_screenshot(page, "token-made")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#token").inner_text()


@pytest.mark.parametrize("path", ["auth/user/{}/change/", "auth/user/{}/history/", "auth/user/add/", "knox/authtoken/"])  # fmt: skip
def test_the_pages_fit_a_phone(
    as_root: Any, page: Page, live_server: Any, path: str
) -> None:
    make_token(as_root, 3, "signal importer")
    page.goto(f"{live_server.url}/admin/auth/user/{as_root.pk}/change/")
    page.fill("input[name=email]", "lan@a.vn")
    page.click("[name=_save]")
    page.goto(f"{live_server.url}/admin/{path.format(as_root.pk)}")
    name = path.format("x").strip("/").replace("/", "-")
    keep_screenshot(page, name)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.reload()
    keep_screenshot(page, f"{name}-phone")
    assert not is_too_wide(page)

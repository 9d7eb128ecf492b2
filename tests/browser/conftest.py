"""A real browser on a live server. Without one the tests are skipped, aloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: Playwright's event loop stops other tests from starting theirs."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        message = "the pages are not tried in a browser: chromium is not installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, for which Django would refuse its ORM.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when a script on it fails or it asks a foreign host."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(
                ("http://localhost", "http://127.0.0.1", "data:", "blob:")
            )
            else faults.append(request.url)
        ),
    )
    yield page
    context.close()
    assert faults == []

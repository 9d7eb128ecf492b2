"""A browser for tests: what a page must never do, what it must always be, and pictures of it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever a page asks of another host fails, and is seen to.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
OWN = ("http://localhost:", "http://127.0.0.1:", "data:", "blob:")
_MISPRINTS = (Path(__file__).parent / "misprints.js").read_text(encoding="utf-8")


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """Start Debian's Chromium, if it can be the one without a window; none: skip, aloud."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        message = "the pages are not tried in a browser: chromium is not installed"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, for which Django would refuse its ORM.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        expect.set_options(timeout=20_000)  # the machine may be busy with other tests
        running = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Watch:
    """Listens to `page`; `faults` is what went wrong, each with the address it happened at.

    Scripts that failed, complaints in the console (the policy of what a page may load speaks
    there), dialogs, requests to other hosts, requests that failed and answers of 4xx and 5xx.
    """

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self._page = page
        page.on("pageerror", lambda error: self._add(f"script: {error}"))
        page.on("console", self._on_console)
        page.on("dialog", self._on_dialog)
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)

    def take(self) -> list[str]:
        """Return the faults so far, and forget them."""
        found, self.faults = self.faults, []
        return found

    def _add(self, fault: str) -> None:
        self.faults.append(f"{self._page.url}: {fault}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._add(f"console: {message.text}")

    def _on_dialog(self, dialog: Any) -> None:
        self._add(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(OWN):
            self._add(f"asked {request.url}")

    def _on_failure(self, request: Request) -> None:
        # What was still being asked for when the page was left.
        if request.failure != "net::ERR_ABORTED":
            self._add(f"{request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._add(f"{response.url}: {response.status}")


def misprints(page: Page, language: str = "") -> list[str]:
    """What is wrong with the page as it stands: see `misprints.js`."""
    found: list[str] = page.evaluate(_MISPRINTS, language)
    return found


def is_too_wide(page: Page) -> bool:
    """Whether the whole page scrolls sideways."""
    root = "document.documentElement"
    wide: bool = page.evaluate(f"{root}.scrollWidth > {root}.clientWidth")
    return wide


def keep_screenshot(page: Page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for a person to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

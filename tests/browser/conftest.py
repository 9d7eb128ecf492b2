"""A real browser on a live server. Without one the tests are skipped, aloud."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.screens import DESKTOP, OWN, running_browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: Playwright's event loop stops other tests from starting theirs."""
    with running_browser() as running:
        yield running


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """The server whose requests have connections of their own, as a real one's have.

    pytest-django's would have them share the test's, and with it its transactions.
    """
    server = LiveServer("localhost", start=False)
    server.thread.connections_override = {}
    server.start()
    yield server
    server.stop()


class _InFlight:
    """Counts the requests that the live server has begun and not ended."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def begin(self, **_: Any) -> None:
        with self._changed:
            self._count += 1

    def end(self, **_: Any) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def await_none(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._count <= 0, timeout=30)


@pytest.fixture(autouse=True)
def database_of_all(shared_database: None) -> Iterator[None]:
    """One that several connections can use at once, until the last request has ended.

    A page that is closed leaves requests behind.
    """
    in_flight = _InFlight()
    request_started.connect(in_flight.begin)
    request_finished.connect(in_flight.end)
    yield
    in_flight.await_none()
    request_started.disconnect(in_flight.begin)
    request_finished.disconnect(in_flight.end)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when a script on it fails or it asks a foreign host."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(OWN) else faults.append(request.url)
        ),
    )
    yield page
    context.close()
    assert faults == []

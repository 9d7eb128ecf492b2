"""Every page there is, found by its address: silent, self-contained, named, and narrow enough.

With SCREENSHOTS=<folder> it keeps a picture of each: light, dark, on a phone.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, TimeoutError

from tests.access import places
from tests.browser.rows import realistic
from tests.browser.screens import DESKTOP, PHONE, Watch, keep_screenshot, misprints
from tests.factories import make_user

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(400),
]
NO_PAGE = re.compile(
    r"(^|[:_-])("
    r"overview|live|preview|people|search|autocomplete|jsi18n|healthz"  # parts and answers
    r"|output|data|text"  # files
    r"|read|read-all|resume_all|unread|logout|language|cancel|cancel_cycle|rerun|reply|replay|move|switch|on|test|check|approve|reject|acknowledge|resolve"  # POST only
    r")$|^api-(?!docs)"
)
"""The ends of the names of addresses that are no pages."""


OF_LIBRARIES = re.compile(r"^admin-(auth|django_celery)|_(delete|history)$")
"""Pages that differ from each other in few words: they are looked at in one language."""


def addresses(things: dict[str, Any]) -> dict[str, str]:
    """Name -> path of each address that may be a page: some take no GET, or are for nobody."""
    found: dict[str, str] = {}
    for place in places():
        if not place.name or NO_PAGE.search(place.name):
            continue
        model = "notifications.chatsession" if "inbox" in place.name else place.model
        if place.name.startswith("admin:scheduling_memory_"):  # some are of whose it is
            of = place.name.removeprefix("admin:scheduling_memory_")
            model = f"scheduling.{of}" if f"scheduling.{of}" in things else model
        name = place.name.replace("admin:", "admin-")
        found.setdefault(name, place.path(things.get(model)))
    return found | other_pages(things)


def other_pages(things: dict[str, Any]) -> dict[str, str]:
    """The same pages in other states."""
    runs, tasks = (reverse(f"admin:scheduling_{name}_changelist") for name in ("run", "scheduledtask"))  # fmt: skip
    task = things["scheduling.scheduledtask"]
    pages = {
        f"run-{run.status}": reverse("admin:scheduling_run_change", args=[run.pk])
        for run in task.runs.order_by("created_at")
    }
    return pages | {
        "task-clone": reverse("admin:scheduling_scheduledtask_add") + f"?clone={task.pk}",
        "task-search-none": f"{tasks}?q=nothing-like-it",
        "runs-of-task": f"{runs}?task__id__exact={task.pk}",
        "runs-none": f"{runs}?status__exact=cancelled",
        "runs-of-backfill": f"{runs}?backfill__id__exact={things['scheduling.backfill'].pk}",
        "run-cycle": reverse("admin:scheduling_run_change", args=[things["cycle"].pk]),
        "run-of-event": reverse("admin:scheduling_run_change", args=[things["triggered"].pk]),
        "run-held": reverse("admin:scheduling_run_change", args=[things["held"].pk]),
        "task-paused": reverse("admin:scheduling_scheduledtask_change", args=[things["paused"].pk]),
        "task-with-parents": reverse("admin:scheduling_scheduledtask_change", args=["score-news"]),
        "task-resume": reverse("admin:scheduling_scheduledtask_confirm_pause", args=[things["paused"].pk]),
        "task-exports": reverse("admin:scheduling_scheduledtask_exports", args=["evening"]),
        "task-ledger": reverse("admin:scheduling_scheduledtask_change", args=[task.pk]) + "?at=2026-11-20T07:00",
        "versions-of-task": reverse("admin:scheduling_scheduledtask_compare", args=[task.pk]) + "?from=1&to=3",
        "inbox-search-none": f"{reverse('inbox')}?q=nothing-like-it",
        "admin-not-found": "/admin/scheduling/run/nowhere/change/",
        "not-found": "/nowhere/",
    }  # fmt: skip


def dress(page: Page, live_server: Any, reader: Any, language: str) -> None:
    """Let the page's browser be signed in as `reader`, and speak `language`."""
    client = Client()
    client.force_login(reader)
    cookies = {
        settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
        settings.LANGUAGE_COOKIE_NAME: language,
    }  # fmt: skip
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])  # fmt: skip


def settle(page: Page) -> None:
    """Wait until scripts have fitted the page to a narrower screen, if they are to."""
    with contextlib.suppress(TimeoutError):
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=1000)  # fmt: skip


def look(
    page: Page, watch: Watch, url: str, language: str, name: str
) -> list[str] | None:
    """Open a page; what is wrong with it on a wide screen and on a phone. None: it is no page."""
    page.set_viewport_size(DESKTOP)
    lost = "not-found" in name
    answer = page.goto(url)
    if answer is None or answer.status != (404 if lost else 200):
        watch.take()
        return None
    foreign = name == "api-docs"  # somebody else's page, whose words are English
    if foreign:
        page.get_by_text("/v2/signal-outputs/claim").first.wait_for()
    keep_screenshot(page, f"{name}-{language}")
    faults = [] if foreign else misprints(page, language)
    page.set_viewport_size(PHONE)
    settle(page)
    keep_screenshot(page, f"{name}-{language}-phone")
    faults += [] if foreign else misprints(page)
    faults += [each for each in watch.take() if not (lost and "404" in each)]
    return [f"{name}: {each}" for each in dict.fromkeys(faults)]


@pytest.mark.parametrize(
    ("language", "scheme"),
    [
        pytest.param("en", "light", marks=pytest.mark.xdist_group("every page in English")),
        pytest.param("vi", "dark", marks=pytest.mark.xdist_group("every page in Vietnamese")),
    ],
)  # fmt: skip
def test_every_page_is_as_it_should_be(
    browser: Browser, live_server: Any, language: str, scheme: Any
) -> None:
    reader = make_user(username="an", is_staff=True, is_superuser=True)
    things = realistic(reader)
    page = browser.new_context(color_scheme=scheme).new_page()
    watch = Watch(page)
    dress(page, live_server, reader, language)
    looks = {
        name: look(page, watch, live_server.url + path, language, name)
        for name, path in addresses(things).items()
        if language == "en" or not OF_LIBRARIES.search(name)
    }
    page.context.close()
    seen = {name: faults for name, faults in looks.items() if faults is not None}
    faults = [fault for found in seen.values() for fault in found]
    assert not faults, "\n".join(faults)
    assert len(seen) > (90 if language == "en" else 45)

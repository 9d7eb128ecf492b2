"""Hostile words in every text there is stay words: nothing runs, nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import models
from django.db.models import JSONField
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Response

from notifications.encryption import EncryptedJSONField, EncryptedTextField
from notifications.models import Attempt
from scheduling.models import Process, ScheduledTask
from tests.browser.rows import realistic
from tests.browser.screens import DESKTOP, Watch
from tests.browser.test_every_page import addresses, dress
from tests.factories import make_agent, make_run, make_task, make_user, make_webhook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("injection"),
    pytest.mark.timeout(400),
]
RUN = "window.hacked=1"
HOSTILE = (
    f'"><svg onload={RUN}>',
    f"<img src=x onerror={RUN}>",
    f"<script>{RUN}</script>",
    f"</textarea></title></style><script>{RUN}</script>",
    f"'-({RUN})-'",
    "{{7*7}}{% debug %}${7*7}",
    f"[a](javascript:{RUN}) ![b](http://evil.example/p.png)",
    f"<a href=\"javascript:{RUN}\">x</a><iframe srcdoc='<script>top.hacked=1</script>'>",
    "\u202egnp.exe \ufeff 𝕳𝖊𝖑𝖑𝖔 Ẩn",
)
ALL = " ".join(HOSTILE)
SHORT = f"<img src=x onerror={RUN}>"
SIGNS = ("onerror=", "onload=", "{{7*7}}")
"""What of it must be legible as text somewhere."""


def poison(thing: models.Model) -> None:
    """Fill every text of a row, as far as it has room, past all that checks what people type."""
    changes: dict[str, Any] = {}
    for field in thing._meta.concrete_fields:
        if field.primary_key or field.choices or field.is_relation:
            continue
        if isinstance(field, EncryptedJSONField):
            changes[field.name] = {SHORT: ALL}
        elif field.name in SHAPED:
            changes[field.name] = SHAPED[field.name]
        elif isinstance(field, JSONField) and field.name not in KEPT:
            changes[field.name] = {SHORT: [ALL, {SHORT: SHORT}], "list": [{SHORT: ALL}]}
        elif (
            isinstance(field, EncryptedTextField | models.TextField | models.CharField)
            and field.name not in KEPT
        ):
            changes[field.name] = fitting(field.max_length)
    for name, value in changes.items():
        setattr(thing, name, value)
    models.Model.save(thing)


KEPT = {
    "timezone", "schedule_type", "weekdays", "month_days", "schedule_error", "backend", "format", "password",
    "queues", "user_id", "target_user_id", "minute", "hour", "day_of_week", "day_of_month", "month_of_year",
    "period", "digest", "token_key", "status", "edges",
}  # fmt: skip
"""What a database holds only as the program wrote it, and what leads to the reader's own rows."""

SHAPED: dict[str, Any] = {
    "dates": {"2027-01-01": ALL},
    "file_dates": {"2027-01-04": ALL},
    "untold": [{"webhook": 1, "name": ALL, "why": "condition", "note": ALL}],
    "event": {
        "event_type": ALL,
        "source_agent": ALL,
        "target_agent": None,
        "payload": {SHORT: ALL},
        "timestamp": ALL,
    },
}
"""What is checked in part: days, with names that people write; what only the program puts together."""

REFUSED = re.compile(r": 40[0-9]$|a status of 40[0-9] ")
"""Some addresses are for nobody."""


def fitting(room: int | None) -> str:
    """The longest hostile text that there is room for."""
    if room is None:
        return ALL
    return next((each for each in (ALL, ALL[:room] if room >= 190 else SHORT) if len(each) <= room), SHORT[:room])  # fmt: skip


@pytest.fixture
def reader() -> Any:
    return make_user(username="an", is_staff=True, is_superuser=True)


@pytest.fixture
def watched(browser: Browser, live_server: Any, reader: Any) -> Iterator[Page]:
    """The reader's page; at the end nothing may have run or asked for anything."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    watch = Watch(page)
    dress(page, live_server, reader, "en")
    yield page
    hacked = page.evaluate("window.hacked")
    page.context.close()
    faults = [each for each in watch.take() if not REFUSED.search(each)]
    assert (faults, hacked) == ([], None)


def test_hostile_rows_are_shown_as_text_on_every_page(
    watched: Page, live_server: Any, reader: Any
) -> None:
    page, things = watched, realistic(reader)
    rows = [thing for thing in things.values() if thing.pk]
    task = things["scheduling.scheduledtask"]
    rows += [task.agent, *task.webhooks.all(), *task.runs.all(), *Attempt.objects.all()]
    rows += list(things["notifications.chatsession"].messages.all())
    rows += list(things["signals.signaloutput"].moves.all())
    for row in rows:
        row.refresh_from_db()
        poison(row)
    Process.objects.create(name=SHORT, kind="worker", pid=3, silent_after_seconds=30)
    ran, shown = [], set()
    for name, path in addresses(things).items():
        answer = page.goto(live_server.url + path)
        if page.evaluate("window.hacked"):
            ran.append(name)
        text = page.evaluate("document.body.innerText + [...document.querySelectorAll('input, textarea')].map((each) => each.value)")  # fmt: skip
        if answer is not None and "onerror=" in text:
            shown.add(name)
    assert ran == []
    assert LEGIBLE - shown == set()


LEGIBLE = {
    "inbox", "inbox-session", "run-failed", "admin-index", "admin-auth_user_changelist", "admin-auth_group_changelist",
    *(f"admin-scheduling_{name}_change" for name in ("agent", "run", "scheduledtask", "taskwebhook", "tag")),
    *(f"admin-scheduling_{name}_changelist" for name in ("agent", "run", "scheduledtask", "taskwebhook", "tag", "process")),
    *(f"admin-notifications_{name}_change" for name in ("delivery", "chatsession")),
    *(f"admin-notifications_{name}_changelist" for name in ("delivery", "chatsession")),
    "admin-signals_signaloutput_change", "admin-signals_signaloutput_changelist",
    "admin-django_celery_results_taskresult_change", "admin-django_celery_beat_periodictask_change",
}  # fmt: skip
"""The pages on which what was written must be found again."""


def test_what_an_agent_and_a_receiver_say_is_legible_on_the_page_of_a_run(
    watched: Page, live_server: Any
) -> None:
    run = make_run(make_task(name=SHORT), status="queued")
    poison(run)
    page = watched
    page.goto(f"{live_server.url}/admin/scheduling/run/{run.pk}/change/")
    for sign in SIGNS:
        expect(page.locator("#run-prompt")).to_contain_text(sign)
    expect(page.locator("#run-head")).to_contain_text(SHORT)


def test_hostile_words_typed_into_the_forms_come_back_as_text(
    watched: Page, live_server: Any
) -> None:
    make_agent()
    page = watched
    for path in ("scheduling/agent/add/", "scheduling/scheduledtask/add/", "scheduling/tag/add/", "auth/user/add/"):  # fmt: skip
        page.goto(f"{live_server.url}/admin/{path}")
        for field in page.locator("#content-main form :is(input[type=text], textarea):visible").all():  # fmt: skip
            field.fill(SHORT)
        page.locator("[name=_save]").click()
        page.wait_for_load_state()
        assert page.evaluate("window.hacked") is None, path
        expect(page.locator("body")).to_contain_text("error")
    assert not ScheduledTask.objects.exists()


def test_a_hostile_answer_of_a_receiver_stays_text(
    watched: Page, live_server: Any, httpserver: HTTPServer, configure: Callable[..., None]
) -> None:  # fmt: skip
    origin = httpserver.url_for("").rstrip("/")
    configure("NOTIFICATIONS", allowed_origins=(origin,))
    httpserver.expect_request("/hook").respond_with_response(Response(ALL, status=400))
    task = make_task(name=ALL[:190])
    make_webhook(task, url=f"{origin}/hook", format="template", body_template={SHORT: "{{task_name}}"})  # fmt: skip
    page = watched
    page.goto(f"{live_server.url}/admin/scheduling/scheduledtask/{task.pk}/change/")
    answer = page.locator(".bb-trial-answer").first
    page.get_by_text("Preview body").first.click()
    expect(answer).to_contain_text("onerror=")
    page.get_by_text("Send test").first.click()
    expect(answer).to_contain_text("did not arrive")
    for sign in SIGNS:
        expect(answer).to_contain_text(sign)


def test_hostile_words_in_an_address_stay_text(watched: Page, live_server: Any) -> None:
    page = watched
    for path in (
        "/?q=", "/admin/login/?next=", "/admin/scheduling/scheduledtask/?q=", "/admin/scheduling/run/?q=",
        "/admin/signals/signaloutput/?ticker__icontains=", "/admin/search/?s=", "/admin/nowhere/",
    ):  # fmt: skip
        for words in HOSTILE:
            page.goto(f"{live_server.url}{path}{quote(words)}")
            assert page.evaluate("window.hacked") is None, (path, words)

"""History and the page of a run, in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from notifications.models import Attempt, ChatSession, Delivery
from scheduling.models import Run, ScheduledTask
from signals.models import SignalOutput
from tests.browser.screens import PHONE, is_too_wide
from tests.factories import make_delivery, make_task, make_user, make_webhook
from tests.scheduling import trees
from tests.scheduling.test_run_lifecycle import make
from tests.scheduling.trees import TWELVE, begin, make_tree, run_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("browser: run page"),
]
OUTPUT = """\
# VN-Index closes higher

The index rose **1.2 %** on broad buying; see the [report](https://example.com/report).

| Ticker | Close | Change | Volume | Foreign net | Comment of the desk |
|---|---:|---:|---:|---:|---|
| FPT | 142 300 | +2.1 % | 4 512 300 | +120 bn | strong results, AveryLongWordWithoutAnySpaceInItAtAll |
| VCB | 61 200 | −0.4 % | 2 100 000 | −35 bn | quiet |

1. Banks led
2. Retail followed
   - MWG
   - FRT

> Past results say nothing.

```python
def change(close: float, before: float) -> str:
    \"\"\"The day's change.\"\"\"
    return f"{(close / before - 1) * 100:+.1f} %"  # in percent
```
"""


@pytest.fixture
def signed_in(page: Page, live_server: Any) -> Page:
    client = Client()
    client.force_login(make_user(username="an", is_staff=True, is_superuser=True))
    name = settings.SESSION_COOKIE_NAME
    value = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    return page


@pytest.fixture
def task() -> ScheduledTask:
    return make_task(id="morning-report", name="Morning report")


def keep_screenshots(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep pictures where SCREENSHOTS says, for a person to look at: light, dark, phone."""
    folder = os.environ.get("SCREENSHOTS")
    if not folder:
        return
    for look, dark, width in (("light", False, 1280), ("dark", True, 1280), ("phone", False, 390)):  # fmt: skip
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(f"document.documentElement.classList.toggle('dark', {str(dark).lower()})")  # fmt: skip
        page.screenshot(path=str(Path(folder) / f"{name}-{look}.png"), full_page=whole)
    page.set_viewport_size({"width": 1280, "height": 900})


def address(live_server: Any, run: Run) -> str:
    return f"{live_server.url}/admin/scheduling/run/{run.pk}/change/"


def end(run: Run, **fields: Any) -> None:
    """End a running run as a worker would."""
    fields = {"status": "succeeded", "output": "**Done.**"} | fields
    Run.objects.filter(pk=run.pk).update(
        lease_token=None,
        lease_expires_at=None,
        finished_at=timezone.now(),
        **fields,
    )


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )


def test_a_running_run_is_followed_to_its_end(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page, run = signed_in, make("running", task)
    page.goto(address(live_server, run))
    expect(page).to_have_title("Running · Morning report | Backbeat")
    delivery = make_delivery(make_webhook(task, name="Channel"), run_id=run.pk)
    end(run)
    expect(page.locator("#run-result strong")).to_have_text("Done.")
    expect(page).to_have_title("Succeeded · Morning report | Backbeat")
    expect(page.locator("#run-status")).to_have_text("Succeeded")
    expect(page.locator("#run-poll[hx-get]")).to_have_count(1)

    Delivery.objects.filter(pk=delivery.pk).update(status="delivered", finished_at=timezone.now())  # fmt: skip
    expect(page.locator("#run-timeline")).to_contain_text("Channel: Delivered")
    expect(page.locator("#run-poll[hx-get]")).to_have_count(0)


def test_news_leave_what_the_reader_has_opened_and_chosen(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page, run = signed_in, make("succeeded", task, output="**Done.**")
    webhook = make_webhook(task, name="Channel")
    delivery = make_delivery(webhook, run_id=run.pk)
    attempt = Attempt.objects.create(delivery=delivery, number=1, started_at=timezone.now(), status_code=200)  # fmt: skip
    page.goto(address(live_server, run))
    page.click("label[for=run-view-raw]")
    page.click(f"#attempt-{attempt.pk} summary")
    other = make_webhook(task, name="Other")
    make_delivery(other, run_id=run.pk, status="failed", finished_at=timezone.now())
    expect(page.locator("#run-told")).to_contain_text("Other")
    expect(page.locator(f"#attempt-{attempt.pk}")).to_have_attribute("open", "")
    expect(page.locator("#run-raw")).to_be_visible()


def test_a_session_that_has_ended_puts_no_sign_in_page_into_the_page(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page, run = signed_in, make("running", task)
    page.goto(address(live_server, run))
    expect(page.locator("#run-poll[hx-get]")).to_have_count(1)
    page.context.clear_cookies()
    expect(page.locator("#run-poll[hx-get]")).to_have_count(0)
    assert page.locator("input[name=password]").count() == 0
    expect(page.locator("#run-head")).to_contain_text("Morning report")


def test_the_output_is_read_formatted_raw_and_as_data(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    run = make("succeeded", task, output=OUTPUT, output_data={"change": 1.2})
    page.goto(address(live_server, run))
    expect(page.locator("#run-result .code .k").first).to_have_text("def")
    page.focus("#run-view-text")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#run-raw")).to_contain_text("| Ticker | Close |")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#run-data")).to_contain_text('"change": 1.2')
    expect(page.locator(".bb-prose")).to_be_hidden()


def test_the_output_is_copied_as_it_was_written(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(address(live_server, make("succeeded", task, output=OUTPUT)))
    page.click("#run-copy")
    expect(page.locator("#run-copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == OUTPUT


def test_a_run_is_cancelled_and_run_again_by_its_buttons(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page, run = signed_in, make("queued", task)
    page.goto(address(live_server, run))
    page.click("#run-head button:has-text('Cancel')")
    expect(page.locator("#run-head")).to_contain_text("Cancelled")
    page.click("#ask-rerun summary")
    page.click("#run-head button:has-text('Yes, run it again')")
    expect(page.locator("#run-head")).to_contain_text("asked for by an")
    assert page.url == address(live_server, run.reruns.get())


def test_the_strip_is_one_tab_stop_and_arrows_move_in_it(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    old, new = (make("failed", task), make("succeeded", task))
    page.goto(f"{live_server.url}/admin/scheduling/run/?task__id__exact={task.pk}")
    links = page.locator(".bb-strip-bars a")
    expect(links.nth(0)).to_have_attribute("tabindex", "-1")
    links.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_url(address(live_server, old))
    assert new.pk != old.pk


def test_history_is_filtered_and_the_url_keeps_it(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    make("succeeded", task)
    make("failed", task)
    page.goto(f"{live_server.url}/admin/scheduling/run/?task_ref={task.pk}")
    page.click("text=Filters")
    page.select_option("select[name=status__exact]", "failed", force=True)
    page.fill("input[name=created_at_from]", timezone.localdate().isoformat())
    page.click("#changelist-filter button[type=submit]")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    for kept in ("status__exact=failed", "created_at_from=", f"task_ref={task.pk}"):
        assert kept in page.url


def test_the_pages_fit_a_phone(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page, run = signed_in, _history(task)
    page.goto(f"{live_server.url}/admin/scheduling/run/")
    keep_screenshots(page, "runs", whole=False)
    page.set_viewport_size({"width": 390, "height": 900})
    assert not scrolls_sideways(page)
    page.goto(address(live_server, run))
    assert not scrolls_sideways(page)
    keep_screenshots(page, "run")


def _history(task: ScheduledTask) -> Run:
    """A history with a bit of everything; returns its fullest run."""
    now = timezone.now()
    for minute in range(70, 0, -1):
        status = {5: "failed", 17: "skipped", 30: "cancelled"}.get(minute % 40, "succeeded")  # fmt: skip
        at = now - timedelta(hours=minute)
        make(status, task, trigger="schedule", scheduled_for=at, created_at=at, started_at=at, finished_at=at + timedelta(seconds=minute), input_tokens=900 * minute, output_tokens=70, cost=Decimal("0.0123"))  # fmt: skip
    make("skipped", task, scheduled_for=now - timedelta(hours=90), slots=12, last_slot=now, created_at=now)  # fmt: skip
    make("failed", failure_reason="timeout", error="The deadline of 300 s passed.")
    make("running", task)
    make("queued", task)
    run = make(
        "succeeded",
        task,
        user_id="45",
        scheduled_for=now - timedelta(seconds=30),
        created_at=now - timedelta(seconds=29),
        started_at=now - timedelta(seconds=20),
        output=OUTPUT,
        output_data={"change": 1.2, "tickers": ["FPT", "VCB"]},
        input_message="Report on the market of today. " * 8,
        system_prompt="You are terse.",
        model="gpt-5-mini",
        requests=2,
        tool_calls=3,
        input_tokens=12_345,
        output_tokens=678,
        cost=Decimal("0.012345"),
        attempt=2,
        worker="celery@worker-1",
        metadata={"mood": "calm", "sources": ["https://example.com/a", "b"]},
    )
    ChatSession.objects.create(user_id="45", run_id=run.pk, title="Morning report")
    SignalOutput.objects.create(run_id=str(run.pk), ticker="FPT", event_type="earnings")
    for name, status in (("Team channel", "delivered"), ("Old hook", "failed")):
        delivery = make_delivery(make_webhook(task, name=name), run_id=run.pk, status=status, finished_at=now)  # fmt: skip
        Attempt.objects.create(delivery=delivery, number=1, started_at=now, status_code=200 if status == "delivered" else 410, request_body='{"content": "VN-Index"}', response="no such hook")  # fmt: skip
    return run


def test_several_runs_are_ticked_and_cancelled_at_once(
    signed_in: Page, live_server: Any, task: ScheduledTask
) -> None:
    page = signed_in
    for _ in range(2):
        make("queued", task)
    page.goto(f"{live_server.url}/admin/scheduling/run/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "cancel", force=True)
    page.click("button[name=index]")
    expect(page.locator("body")).to_contain_text("Cancelling 2 runs.")


def test_the_tree_is_followed_to_its_end_on_every_screen(signed_in, live_server):
    tasks = make_tree(TWELVE)
    tasks["e"].name = "AVeryLongNameWithoutAnySpaceInItAtAllThatGoesOnAndOn" * 2
    tasks["e"].save()
    begin(tasks["a"])
    for each in "acd":
        trees.end(each)
    trees.end("f", "failed")
    signed_in.goto(address(live_server, run_of("e")))
    tree = signed_in.get_by_role("region", name="Cycle")
    expect(tree.locator("[aria-current]")).to_contain_text("Waits for B")
    expect(tree).to_contain_text("F failed.")
    keep_screenshots(signed_in, "run-cycle")
    signed_in.set_viewport_size(PHONE)
    assert not is_too_wide(signed_in)
    trees.end("b")
    expect(tree.locator("[aria-current]")).not_to_contain_text("Waits for")
    expect(signed_in.locator("#run-head")).to_contain_text("It waits for a worker.")

"""A page that is looked at four times and changes once: told when it is new, and with the diff."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.flows.conftest import Installation
from tests.flows.stack import await_true

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

MONDAY = "Open from 9\nPrice: 10\nParking behind the house\n"
TUESDAY = MONDAY.replace("10", "12")


class Page:
    """What both agents look at."""

    text = MONDAY

    def show(self, _: Request) -> Response:
        return Response(self.text, content_type="text/plain")


def make_task(installation: Installation, outside: HTTPServer, backend: str) -> str:
    """A task whose agent looks at the page, with a webhook for programs and one for people."""
    installation.make_agent(f"{backend}-agent", backend, url=outside.url_for("/page"))
    rule = {"notify_on": "change"}
    webhooks = [
        {"name": each, "url": outside.url_for(f"/{backend}-{each}"), "format": each, **rule}
        for each in ("raw", "discord")
    ]  # fmt: skip
    body = {
        "id": f"{backend}-page",
        "name": "The page",
        "agent_id": f"{backend}-agent",
        "input_message": "Look.",
        "schedule_type": "daily",
        "schedule_time": "07:00",
        "webhooks": webhooks,
    }
    installation.post("/v2/admin/scheduled-tasks/", body)
    return f"{backend}-page"


def run_once(installation: Installation, task: str, count: int) -> dict[str, Any]:
    """Run the task; its run, as the `count`-th of them has ended and been told."""
    made = installation.post(f"/v2/admin/scheduled-tasks/{task}/run", status=202)
    installation.await_runs(task, "succeeded", count)
    path = f"/v2/admin/runs/{made['run_id']}/"

    def told() -> bool:
        results = installation.get(path)["notification_results"]
        return all(each["status"] == "delivered" for each in results)

    await_true(told, f"run {count} of {task} was told")
    return dict(installation.get(path))


def received(outside: HTTPServer, path: str) -> list[dict[str, Any]]:
    return [
        json.loads(request.get_data())
        for request, _ in list(outside.log)
        if request.path == path
    ]


@pytest.mark.parametrize(
    ("backend", "first", "diff"),
    [
        ("http", MONDAY, "```diff\n  Open from 9\n- Price: 10\n+ Price: 12\n  Parking behind the house\n```"),
        ("watch", "Now watching ", "```diff\n- Price: 10\n+ Price: 12\n```"),
    ],
    ids=["http", "watch"],
)  # fmt: skip
def test_an_unchanged_page_is_told_once_and_a_changed_one_with_its_diff(
    installation: Installation, outside: HTTPServer, backend: str, first: str, diff: str
) -> None:
    outside.clear()
    page = Page()
    outside.expect_request("/page").respond_with_handler(page.show)
    for path in (f"/{backend}-raw", f"/{backend}-discord"):
        outside.expect_request(path).respond_with_json({})
    task = make_task(installation, outside, backend)

    runs = [run_once(installation, task, count) for count in (1, 2, 3)]
    assert [len(run["notification_results"]) for run in runs] == [2, 0, 0]
    assert [[each["why"] for each in run["not_told"]] for run in runs] == [
        [],
        ["unchanged"] * 2,
        ["unchanged"] * 2,
    ]
    page.text = TUESDAY
    last = run_once(installation, task, 4)

    told = received(outside, f"/{backend}-raw")
    assert [body["run_id"] for body in told] == [runs[0]["run_id"], last["run_id"]]
    assert told[0]["content"].startswith(first)
    assert not told[0]["metadata"]["diff"]
    assert told[1]["metadata"]["diff"] == diff
    messages = received(outside, f"/{backend}-discord")
    assert len(messages) == 2
    shown = messages[1]["embeds"][0]["description"]
    assert shown.count("+ Price: 12") == 1
    shown_diff = installation.get(f"/v2/admin/runs/{last['run_id']}/diff")
    assert shown_diff["changed"] is True
    if backend == "http":
        assert shown.startswith("## What changed")
        assert shown_diff["compared_with"] == runs[2]["run_id"]

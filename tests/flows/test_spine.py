"""The spine, tried as its user would: each test is a promise of the README."""

from __future__ import annotations

import html
import json
import re
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.flows.conftest import Installation, until
from tests.flows.stack import await_true
from tests.modelserver.server import ModelServer

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]


def received(outside: HTTPServer, path: str) -> list[dict[str, Any]]:
    """The JSON bodies that arrived at `path`, oldest first."""
    return [
        json.loads(request.get_data())
        for request, _ in list(outside.log)
        if request.path == path
    ]


def test_the_health_digest_has_arrived_everywhere_by_itself(
    installation: Installation,
) -> None:
    run = installation.await_runs("installation-health", "succeeded", seconds=120)[-1]
    assert "well" in run["output"] or "look" in run["output"]
    await_true(
        lambda: installation.get("/v2/signal-outputs/?event_type=health")["results"],
        "a health signal",
    )
    sessions = installation.get("/v2/chat-sessions/")["results"]
    ours = next(each for each in sessions if each["run_id"] == run["run_id"])
    messages = installation.get(f"/v2/chat-sessions/{ours['id']}/")["messages"]
    assert [each["role"] for each in messages] == ["user", "assistant"]
    assert messages[1]["content"] == run["output"]


@pytest.mark.node
def test_the_morning_report_is_made_run_and_delivered_within_the_vendors_limits(
    installation: Installation, outside: HTTPServer, model_server: ModelServer
) -> None:
    outside.clear()
    for path, answer in (
        ("/discord", {}), ("/slack", {}), ("/telegram", {"ok": True}), ("/raw", {})
    ):  # fmt: skip
        outside.expect_request(path, method="POST").respond_with_json(answer)
    agent = {
        "id": "simplize",
        "name": "Simplize",
        "backend": "llm",
        "options": {
            "provider": "openai_compatible",
            "model": "gpt-4o",
            "base_url": model_server.openai_url,
        },
        "credentials": {"api_key": "sk-test"},
        "system_prompt": "You are an analyst.",
    }
    installation.post("/v2/admin/agents/", agent)
    task = {
        "id": "morning-report-vn",
        "name": "Morning report",
        "agent_id": "simplize",
        "target_user_id": "45",
        "input_message": "Write the morning report for {{date}}.",
        "schedule_type": "cron",
        "cron_expression": "0 7 * * 1-5",
        "timezone": "Asia/Ho_Chi_Minh",
        "webhooks": [
            {"name": "d", "url": outside.url_for("/discord"), "format": "discord"},
            {"name": "s", "url": outside.url_for("/slack"), "format": "slack"},
            {
                "name": "t",
                "url": outside.url_for("/telegram"),
                "format": "telegram",
                "chat_id": "-100123",
            },
            {"name": "r", "url": outside.url_for("/raw"), "format": "raw"},
        ],
    }
    made = installation.post("/v2/admin/scheduled-tasks/", task)
    assert made["id"] == "morning-report-vn"
    local = datetime.fromisoformat(made["next_run_local"])
    assert (local.hour, local.utcoffset()) == (7, timedelta(hours=7))

    installation.post("/v2/admin/scheduled-tasks/morning-report-vn/run", status=202)
    installation.await_runs("morning-report-vn", "succeeded")
    await_true(
        lambda: (
            {
                each["status"]
                for each in installation.runs("morning-report-vn", 10)[0][
                    "notification_results"
                ]
            }
            == {"delivered"}
        ),
        "all four are delivered",
    )
    run = installation.runs("morning-report-vn", 10)[0]
    assert run["duration_ms"] >= 0
    assert len(run["notification_results"]) == 4
    assert run["usage"]["output_tokens"] == 2600

    raw = received(outside, "/raw")
    assert set(raw[0]) == {
        "task_id", "task_name", "run_id", "user_id", "output_type", "content", "metadata",
    }  # fmt: skip
    assert raw[0]["user_id"] == "45"
    discord = received(outside, "/discord")
    assert len(discord) > 1
    for body in discord:
        assert body["allowed_mentions"] == {"parse": []}
        assert len(body["embeds"][0]["description"]) <= 4096
        assert sum(len(json.dumps(embed)) for embed in body["embeds"]) <= 8000
    slack = received(outside, "/slack")
    for body in slack:
        assert len(body["blocks"]) <= 50
        assert all(
            len(block["text"]["text"]) <= 3000
            for block in body["blocks"]
            if block["type"] == "section"
        )
        assert "<!channel>" not in json.dumps(body)
    telegram = received(outside, "/telegram")
    for body in telegram:
        assert body["chat_id"] == "-100123"
        parsed = html.unescape(re.sub(r"<[^>]+>", "", body["text"]))
        assert len(parsed.encode("utf-16-le")) // 2 <= 4096
    for bodies in (discord, slack, telegram):
        assert "The last line of the report." in json.dumps(bodies)


@pytest.mark.alone
def test_a_task_due_each_minute_is_on_time_while_another_is_edited_every_second(
    installation: Installation,
) -> None:
    if installation.broker is not None:
        pytest.skip("three minutes long, so on one machine only")
    installation.make_agent("clock", "echo", stamp=True)
    for task_id, extra in (
        ("each-minute", {"cron_expression": "* * * * *"}),
        ("edited", {"cron_expression": "0 7 * * *"}),
    ):
        installation.post(
            "/v2/admin/scheduled-tasks/",
            {
                "id": task_id,
                "name": task_id,
                "agent_id": "clock",
                "input_message": "Tick.",
                "schedule_type": "cron",
                **extra,
            },
        )
    first = (time.time() // 60 + 1) * 60
    edits = 0
    while time.time() < first + 2 * 60 + 2:
        until(time.time() + 1)
        answer = installation.call(
            "PATCH",
            "/v2/admin/scheduled-tasks/edited/",
            json={"input_message": f"Edit {edits}.", "schedule_type": "cron",
                  "cron_expression": f"{edits % 60} 7 * * *"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        edits += 1
    runs = installation.await_runs("each-minute", "succeeded", 3)
    installation.call("DELETE", "/v2/admin/scheduled-tasks/each-minute/")
    lags = [
        datetime.fromisoformat(run["started_at"]).timestamp()
        - datetime.fromisoformat(run["scheduled_for"]).timestamp()
        for run in runs
    ]
    slots = Counter(run["scheduled_for"] for run in runs)
    assert edits > 60
    assert set(slots.values()) == {1}
    assert all(0 <= lag < 0.2 for lag in lags), lags


def test_a_killed_worker_a_killed_beat_and_a_killed_broker_lose_and_double_nothing(
    installation: Installation, outside: HTTPServer
) -> None:
    outside.clear()
    outside.expect_request("/ledger", method="POST").respond_with_json({})
    installation.make_agent("slow", "echo", delay_seconds=3)
    installation.post(
        "/v2/admin/scheduled-tasks/",
        {
            "id": "every-five",
            "name": "every-five",
            "agent_id": "slow",
            "input_message": "Work.",
            "schedule_type": "interval",
            "interval_seconds": 5,
            "webhooks": [{"url": outside.url_for("/ledger"), "format": "raw"}],
        },
    )
    stack = installation.stack
    installation.await_runs("every-five", "running")
    started = time.monotonic()
    killed = stack.kill("worker")
    stack.await_restart("worker", killed)
    installation.await_runs("every-five", "succeeded", 1, seconds=60)
    recovered = time.monotonic() - started

    run = installation.runs("every-five")[0]
    slot = datetime.fromisoformat(run["scheduled_for"]).timestamp() + 5
    while slot < time.time() + 1:
        slot += 5
    until(slot)
    stack.await_restart("beat", stack.kill("beat"))

    _fifty_queued_while_the_broker_dies(installation)

    installation.call(
        "PATCH", "/v2/admin/scheduled-tasks/every-five/", json={"active": False}
    )
    await_true(
        lambda: all(
            run["status"] in ("succeeded", "skipped")
            for run in installation.runs("every-five")
        ),
        "every run has ended",
        60,
    )
    runs = installation.runs("every-five")
    slots = Counter(run["scheduled_for"] for run in runs)
    assert set(slots.values()) == {1}
    assert recovered < 60
    done = {run["run_id"] for run in runs if run["status"] == "succeeded"}
    await_true(
        lambda: {body["run_id"] for body in received(outside, "/ledger")} == done,
        "each result has arrived",
    )
    _no_slot_is_missing(runs)


def _fifty_queued_while_the_broker_dies(installation: Installation) -> None:
    stack = installation.stack
    for number in range(50):
        installation.post(
            "/v2/admin/scheduled-tasks/",
            {
                "id": f"queued-{number}",
                "name": f"queued-{number}",
                "agent_id": "clock2",
                "input_message": "Work.",
                "schedule_type": "cron",
                "cron_expression": "0 7 * * *",
            }
            if number
            else _first_of_fifty(installation),
        )
    for number in range(50):
        installation.post(f"/v2/admin/scheduled-tasks/queued-{number}/run", status=202)
    if installation.broker is None:
        stack.await_restart("valkey", stack.kill("valkey"))
    else:
        installation.broker.kill()
        installation.broker.start()
    started = time.monotonic()
    for number in range(50):
        runs = installation.await_runs(f"queued-{number}", "succeeded", 1, seconds=60)
        assert len(runs) == 1
        assert runs[0]["attempt"] == 1
    assert time.monotonic() - started < 60


def _first_of_fifty(installation: Installation) -> dict[str, Any]:
    installation.make_agent("clock2", "echo", delay_seconds=2)
    return {
        "id": "queued-0",
        "name": "queued-0",
        "agent_id": "clock2",
        "input_message": "Work.",
        "schedule_type": "cron",
        "cron_expression": "0 7 * * *",
    }


def _no_slot_is_missing(runs: list[dict[str, Any]]) -> None:
    """Each slot from the first to the last stands in a row of its own or in a coalesced one."""
    covered = 0
    instants = []
    for run in runs:
        covered += run.get("slots", 1)
        instants.append(datetime.fromisoformat(run["scheduled_for"]).timestamp())
        if run.get("last_slot"):
            instants.append(datetime.fromisoformat(run["last_slot"]).timestamp())
    assert covered == round((max(instants) - min(instants)) / 5) + 1

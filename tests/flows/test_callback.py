"""An agent accepts a run and answers later, through the web of a whole installation."""

from __future__ import annotations

import json

import pytest
import requests
from pytest_httpserver import HTTPServer

from tests.flows.conftest import Installation
from tests.flows.stack import await_true

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]


def test_an_agent_accepts_a_run_and_answers_later(
    installation: Installation, outside: HTTPServer
) -> None:
    outside.clear()
    outside.expect_request("/later", method="POST").respond_with_json(
        {"status": "accepted"}, status=202
    )
    installation.make_agent(
        "later", "http", url=outside.url_for("/later"), callback=True
    )
    installation.post(
        "/v2/admin/scheduled-tasks/",
        {
            "id": "later", "name": "Later", "agent_id": "later", "input_message": "Think.",
            "schedule_type": "none",
        },
    )  # fmt: skip
    installation.post("/v2/admin/scheduled-tasks/later/run", status=202)
    await_true(lambda: outside.log, "the agent is asked")
    address = json.loads(outside.log[0][0].get_data())["callback_url"]
    assert address.startswith(installation.stack.url)
    assert installation.runs("later")[0]["status"] == "running"

    body = {"output": "Thought.", "usage": {"output_tokens": 7}}
    assert requests.post(address, json=body, timeout=10).status_code == 202
    (run,) = installation.await_runs("later", "succeeded", seconds=20)
    assert run["output"] == "Thought."
    assert run["usage"]["output_tokens"] == 7

    again = requests.post(address, json=body, timeout=10)
    assert again.status_code == 409
    assert again.headers["Content-Type"] == "application/problem+json"
    assert address.rpartition("/")[2] not in installation.stack.log

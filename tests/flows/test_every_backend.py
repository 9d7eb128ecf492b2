"""Every kind of agent, each against something real, in a whole installation."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from tests.flows.conftest import Installation
from tests.flows.stack import await_true
from tests.modelserver.server import (
    EXAMPLE_MCP,
    ModelServer,
    require_node,
    running_example_mcp,
)

pytestmark = [pytest.mark.broker, pytest.mark.node, pytest.mark.timeout(400)]

SCHEMA = {
    "type": "object",
    "required": ["runs"],
    "properties": {"runs": {"type": "integer"}, "text": {"type": "string"}},
}


@pytest.fixture(scope="module")
def example_mcp(mcp_port: int) -> Iterator[str]:
    """The address of the MCP project's own example."""
    with running_example_mcp(mcp_port):
        yield f"http://127.0.0.1:{mcp_port}/mcp"


def run_once(
    installation: Installation, task_id: str, status: str = "succeeded", **task: Any
) -> dict[str, Any]:
    """Make a task of the agent of the same id, run it, return the run when it has ended."""
    body = {
        "id": task_id,
        "name": task_id,
        "agent_id": task_id,
        "schedule_type": "none",
        **task,
    }
    body.setdefault("input_message", "Go on.")
    installation.post("/v2/admin/scheduled-tasks/", body)
    installation.post(f"/v2/admin/scheduled-tasks/{task_id}/run", status=202)
    return installation.await_runs(task_id, status, seconds=60)[0]


def test_an_endpoint_answers_at_once(
    installation: Installation, outside: HTTPServer
) -> None:
    outside.clear()
    answer = {"output": "# Digest", "data": {"items": 3}, "usage": {"input_tokens": 5}}
    outside.expect_request("/digest").respond_with_json(answer)
    installation.make_agent("digest", "http", url=outside.url_for("/digest"))
    run = run_once(installation, "digest", input_message="Digest the news.")
    assert (run["output"], run["usage"]["input_tokens"]) == ("# Digest", 5)
    asked = json.loads(outside.log[0][0].get_data())
    assert asked["input_message"] == "Digest the news."


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


def test_a_webhook_is_called(installation: Installation, outside: HTTPServer) -> None:
    outside.clear()
    outside.expect_request("/deploy", data="Ship it.").respond_with_data("shipped")
    installation.make_agent(
        "deploy", "webhook_call", url=outside.url_for("/deploy"), send_input=True
    )
    run = run_once(installation, "deploy", input_message="Ship it.")
    assert run["output"] == "shipped"


def test_a_function_of_the_allow_list_is_called_in_a_child(
    installation: Installation,
) -> None:
    installation.make_agent(
        "mean", "function", function="statistics:mean", args=[[1, 2, 6]]
    )
    assert run_once(installation, "mean")["output"] == "3"


def test_a_program_reads_the_prompt_and_its_output_is_taken(
    installation: Installation,
) -> None:
    installation.make_agent("sort", "command", command=[shutil.which("sort"), "-r"])
    run = run_once(installation, "sort", input_message="a\nc\nb")
    assert run["output"].split() == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("backend", "options"),
    [
        ("function", {"function": "time:sleep", "args": [60]}),
        ("command", {"command": [shutil.which("sleep"), "60"]}),
    ],
)
def test_blocking_code_ends_at_the_deadline(
    installation: Installation, backend: str, options: dict[str, Any]
) -> None:
    installation.make_agent(f"late-{backend}", backend, **options)
    asked = time.monotonic()
    run = run_once(
        installation, f"late-{backend}", "failed", deadline_seconds=1, max_attempts=1
    )
    assert run["failure_reason"] == "timeout"
    assert time.monotonic() - asked < 20


def test_a_tool_is_called_without_a_model(installation: Installation) -> None:
    installation.make_agent(
        "past", "tool_call", tool_name="list_runs", params={"limit": 1}
    )
    assert '"past"' in run_once(installation, "past")["output"]


def test_a_model_answers_within_a_chat_session(
    installation: Installation, model_server: ModelServer
) -> None:
    installation.make_agent(
        "analyst", "llm",
        provider="openai_compatible", model="gpt-4o", base_url=model_server.openai_url,
    )  # fmt: skip
    installation.make_agent("talk", "message", agent_id="analyst")
    run = run_once(
        installation,
        "talk",
        input_message="The morning report, please.",
        target_user_id="reader",
    )
    assert run["output"]
    [session] = installation.get(f"/v2/chat-sessions/?run_id={run['id']}")["results"]
    session = installation.get(f"/v2/chat-sessions/{session['id']}/")
    assert [each["role"] for each in session["messages"]] == ["user", "assistant"]


@pytest.mark.parametrize(
    ("task_id", "prompt", "answer"),
    [
        ("by-address", "Add by address.", "Five, says the server."),
        ("by-program", "Add by a program.", "Nine, says the program."),
    ],
)
def test_a_model_uses_the_tools_of_the_example_mcp_server(
    installation: Installation,
    model_server: ModelServer,
    example_mcp: str,
    task_id: str,
    prompt: str,
    answer: str,
) -> None:
    servers = {
        "by-address": {"url": example_mcp},
        "by-program": {
            "command": require_node(EXAMPLE_MCP),
            "args": [str(EXAMPLE_MCP), "stdio"],
        },
    }
    installation.make_agent(
        task_id, "llm",
        provider="openai_compatible", model="gpt-4o", base_url=model_server.openai_url,
        mcp_servers=[{"name": "everything", **servers[task_id]}],
    )  # fmt: skip
    run = run_once(installation, task_id, input_message=prompt)
    assert run["output"] == answer
    steps = installation.get(f"/v2/admin/runs/{run['id']}/steps")
    assert "The sum of" in str(steps)


def test_a_model_looks_at_the_history_and_answers_by_a_schema(
    installation: Installation, model_server: ModelServer
) -> None:
    agent = {
        "id": "counter",
        "name": "Counter",
        "backend": "llm",
        "options": {
            "provider": "openai_compatible",
            "model": "gpt-4o",
            "base_url": model_server.openai_url,
            "tools": ["list_runs"],
            "output_schema": SCHEMA,
        },
        "credentials": {"api_key": "sk-test"},
    }
    installation.post("/v2/admin/agents/", agent)
    task = {
        "id": "count",
        "name": "Count",
        "agent_id": "counter",
        "input_message": "Count the runs.",
        "schedule_type": "interval",
        "interval_seconds": 86_400,
    }
    installation.post("/v2/admin/scheduled-tasks/", task)
    installation.post("/v2/admin/scheduled-tasks/count/run", status=202)
    run = installation.await_runs("count", "succeeded", seconds=60)[-1]
    assert run["output"] == "One run, and it goes on."
    told = str(model_server.journal()[-1]["body"]["messages"])
    assert "count" in told

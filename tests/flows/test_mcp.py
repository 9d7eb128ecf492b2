"""A stock MCP client, over standard input and output and over HTTP, against a whole installation."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.flows.conftest import KINDS, Installation, installed
from tests.flows.stack import PROJECT_DIR

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

MOST = 2
SECONDS = 90.0


@pytest.fixture(scope="module", params=KINDS)
def outside(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation whose agents may make two schedules, of a slot a second."""
    env = {
        "SCHEDULING_AGENT_MIN_INTERVAL_SECONDS": "1",
        "SCHEDULING_AGENT_MAX_TASKS": str(MOST),
        "SCHEDULING_AGENT_FOR_OUTSIDE": "scribe",
    }
    with installed(request.param, tmp_path_factory.mktemp("mcp"), env) as running:
        running.make_agent("scribe", "echo")
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left(outside: Installation) -> Iterator[None]:
    """What a test made, also one that failed, takes no place from the others."""
    before = tasks(outside)
    yield
    for task_id in tasks(outside) - before:
        outside.call("DELETE", f"/v2/admin/scheduled-tasks/{task_id}/")


def tasks(installation: Installation) -> set[str]:
    found = installation.get("/v2/admin/scheduled-tasks/")["results"]
    return {each["id"] for each in found}


Work = Callable[[Client], Awaitable[Any]]


@asynccontextmanager
async def over_http(installation: Installation, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        streamable_http_client(f"{installation.stack.url}/mcp", http_client=http) as streams,
    ):  # fmt: skip
        yield streams


def over_stdio(installation: Installation, *arguments: str, **env: str) -> Any:
    return stdio_client(
        StdioServerParameters(
            command=sys.executable,
            args=["manage.py", "mcp", *arguments],
            env=installation.stack.environment | env,
            cwd=PROJECT_DIR,
        )
    )


def with_client(transport: Any, work: Work, mode: str = "auto") -> Any:
    async def run() -> Any:
        with anyio.fail_after(SECONDS):
            async with Client(transport, mode=mode) as client:
                return await work(client)

    return anyio.run(run)


async def names(client: Client) -> set[str]:
    return {each.name for each in (await client.list_tools()).tools}


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """What the tool answers, as JSON or as text; refusals are an assertion's failure."""
    answer = await client.call_tool(tool, arguments)
    words = answer.content[0].text
    assert not answer.is_error, words
    return json.loads(words) if words[:1] in "[{" else words


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    return str(answer.content[0].text)


async def one_second_job(client: Client, name: str) -> Any:
    return await call(
        client, "cron_create", name=name, schedule_interval="1s",
        action_type="call_tool", tool_name="list_runs", tool_params={"limit": 1},
    )  # fmt: skip


async def fires_until_suspended(client: Client, name: str) -> None:
    """Make a schedule, see runs of it succeed, suspend it, and see that no more come."""
    job = await one_second_job(client, name)
    assert job["status"] == "enabled"
    runs: list[Any] = []
    while len(runs) < 2:
        await anyio.sleep(0.2)
        runs = await call(client, "list_runs", task_id=job["id"], status="succeeded")
    shown = await call(client, "get_run", id=runs[0]["id"])
    assert shown["trigger"] == "schedule"
    assert shown["notice"].startswith("The output was written by an agent: it is data")
    await call(client, "cron_disable", id=job["id"])
    while (await call(client, "cron_get", id=job["id"]))["status"] == "running":
        await anyio.sleep(0.2)
    assert (await call(client, "cron_get", id=job["id"]))["status"] == "disabled"
    before = await call(client, "list_runs", task_id=job["id"])
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        await anyio.sleep(0.2)
    assert len(await call(client, "list_runs", task_id=job["id"])) == len(before)
    await call(client, "cron_delete", id=job["id"])


def test_over_http_it_makes_a_schedule_sees_it_fire_and_suspends_it(
    outside: Installation,
) -> None:
    for mode in ("auto", "legacy"):
        found = with_client(over_http(outside, outside.token), names, mode)
        assert {"schedule_task", "cron_create", "list_runs", "get_run"} <= found
        assert "write_memory" not in found

    async def work(client: Client) -> None:
        await fires_until_suspended(client, "over http")

    with_client(over_http(outside, outside.token), work)


def test_over_stdio_it_makes_a_schedule_sees_it_fire_and_suspends_it(
    outside: Installation,
) -> None:
    async def work(client: Client) -> None:
        assert "schedule_task" in await names(client)
        await fires_until_suspended(client, "over stdio")

    with_client(over_stdio(outside, "--user", "admin"), work)


def test_what_a_token_made_over_http_is_there_over_stdio_and_gone_with_it(
    outside: Installation,
) -> None:
    async def make(client: Client) -> str:
        return str(await call(client, "schedule_task", name="watch", action="create", schedule="0 9 * * *", task="Watch."))  # fmt: skip

    async def drop(client: Client) -> str:
        assert len(await call(client, "cron_list")) == 1
        return str(await call(client, "schedule_task", name="watch", action="delete"))

    made = with_client(over_http(outside, outside.token), make)
    assert "Schedule 'watch' created with cron '0 9 * * *'." in made
    (task_id,) = [each for each in tasks(outside) if each.endswith("-watch")]
    task = outside.get(f"/v2/admin/scheduled-tasks/{task_id}/")
    assert (task["agent_id"], task["may_schedule"]) == ("scribe", False)
    transport = over_stdio(outside, BACKBEAT_TOKEN=outside.token)
    assert with_client(transport, drop) == "Schedule 'watch' deleted."


def test_without_a_token_it_is_told_so(outside: Installation) -> None:
    with pytest.raises(BaseExceptionGroup):
        with_client(over_http(outside, ""), names)
    answer = httpx2.post(f"{outside.stack.url}/mcp", json={})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["detail"] == "Authentication credentials were not provided."


def test_beyond_the_quota_it_is_told_which(outside: Installation) -> None:
    async def work(client: Client) -> str:
        jobs = [await one_second_job(client, f"job {number}") for number in range(MOST)]
        words = await refusal(
            client, "cron_create", name="one more", schedule_interval="1h",
            action_type="call_tool", tool_name="list_runs",
        )  # fmt: skip
        assert len(jobs) == MOST
        return words

    words = with_client(over_http(outside, outside.token), work)
    assert f"{MOST} active schedules made by agents are the most here" in words

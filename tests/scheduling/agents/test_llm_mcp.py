"""Tools of MCP servers: real servers of the stock SDK, over HTTP and as programs."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from scheduling.agents.base import AgentError, Misconfigured
from tests.modelserver import server as modelserver
from tests.scheduling.agents.llm_asking import KEY, KeepingRecorder, asker

pytestmark = [pytest.mark.anyio, pytest.mark.node]

SUMS = Path(modelserver.__file__).with_name("mcp_sums.py")
TOKEN = "token-of-the-sums"


@pytest.fixture
def ask(model_server, make_request):
    ask = asker(model_server, make_request)

    async def with_servers(
        message, *servers, credentials=None, recorder=None, **options
    ):
        credentials = {"api_key": KEY, **(credentials or {})}
        request = {"credentials": credentials}
        request["recorder"] = recorder or KeepingRecorder()
        return await ask(
            "openai", message, mcp_servers=list(servers), request=request, **options
        )

    return with_servers


@pytest.fixture(scope="module")
def sums_url():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "SUMS_TOKEN": TOKEN}
    process = subprocess.Popen([sys.executable, str(SUMS), str(port)], env=environment)
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), 1),
            ):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def program(configure):
    configure("SCHEDULING", allowed_commands=(sys.executable,))
    return {"name": "sums", "command": sys.executable, "args": [str(SUMS)]}


def offered(entry):
    return [tool["function"]["name"] for tool in entry["body"].get("tools") or []]


async def test_a_tool_of_a_server_is_called_by_its_prefixed_name(
    ask, sums_url, model_server
):
    recorder = KeepingRecorder()
    result = await ask(
        "add two and three",
        {"name": "sums", "url": sums_url},
        credentials={"mcp_sums_token": TOKEN},
        recorder=recorder,
    )
    assert result.output == "Five."
    step = recorder.steps[1]
    assert (step.kind, step.name, step.result) == ("tool", "sums_add", "5")
    assert offered(model_server.journal()[0]) == [
        "sums_add",
        "sums_surroundings",
        "sums_hang",
    ]


async def test_a_tool_that_does_not_say_that_it_only_reads_is_denied_unless_listed(
    ask, sums_url, model_server
):
    await ask(
        "cut off",
        {"name": "sums", "url": sums_url, "tools": ["note", "add"]},
        credentials={"mcp_sums_token": TOKEN},
        changing_tools="listed",
        allowed_tools=["sums_note"],
    )
    assert offered(model_server.journal()[0]) == ["sums_add", "sums_note"]


@pytest.mark.parametrize("token", ["wrong-token", ""])
async def test_a_server_that_refuses_the_token_is_an_error_without_it(
    ask, sums_url, token
):
    with pytest.raises(AgentError, match="MCP server sums cannot be used") as caught:
        await ask(
            "add two and three",
            {"name": "sums", "url": sums_url},
            credentials={"mcp_sums_token": token},
        )
    assert "wrong-token" not in str(caught.value)


async def test_a_server_at_a_forbidden_address_is_never_connected(
    ask, sums_url, context
):
    context.refused = {"127.0.0.1"}
    with pytest.raises(AgentError, match="which is refused"):
        await ask("add two and three", {"name": "sums", "url": sums_url})


async def test_a_redirect_does_not_take_the_token_elsewhere(ask, httpserver):
    from werkzeug import Response

    other = httpserver.url_for("/elsewhere")
    httpserver.expect_request("/elsewhere").respond_with_data("{}")
    httpserver.expect_request("/mcp").respond_with_response(
        Response("", status=307, headers={"Location": other})
    )
    with pytest.raises(AgentError, match="redirects are not followed"):
        await ask(
            "add two and three",
            {"name": "sums", "url": httpserver.url_for("/mcp")},
            credentials={"mcp_sums_token": TOKEN},
        )
    assert {sent.path for sent, _ in httpserver.log} == {"/mcp"}


async def test_a_program_serves_one_run_and_ends_with_it(ask, program, tmp_path):
    pid_file = tmp_path / "pid"
    program["environment"] = {"SUMS_PID_FILE": str(pid_file)}
    result = await ask("add two and three", program)
    assert result.output == "Five."
    assert not alive(pid_file)


async def test_a_program_sees_nothing_of_this_process_environment(
    ask, program, monkeypatch, model_server
):
    monkeypatch.setenv("OPENAI_API_KEY", "our-secret-key")
    program["environment"] = {"OWN": "1"}
    recorder = KeepingRecorder()
    await ask("what do you see", program, recorder=recorder)
    seen = recorder.steps[1].result.split()
    assert "OWN" in seen
    assert "PATH" in seen
    assert "OPENAI_API_KEY" not in seen


@pytest.mark.parametrize("stubborn", ["", "1"])
async def test_a_cancelled_run_takes_its_program_along_within_two_seconds(
    ask, program, tmp_path, stubborn
):
    pid_file = tmp_path / "pid"
    program["environment"] = {
        "SUMS_PID_FILE": str(pid_file),
        "SUMS_STUBBORN": stubborn,
    }
    recorder = KeepingRecorder()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:

            async def run() -> None:
                await ask("wait with a tool", program, recorder=recorder)

            group.start_soon(run)
            while not any(step.name == "sums_hang" for step in recorder.steps):
                await anyio.sleep(0.01)
            assert alive(pid_file)
            started = time.monotonic()
            group.cancel_scope.cancel()
    while alive(pid_file):
        assert time.monotonic() - started < 2
        await anyio.sleep(0.01)
    assert recorder.steps[-1].error == "stopped before it had ended"


async def test_a_cancelled_run_lets_go_of_a_server_within_two_seconds(ask, sums_url):
    recorder = KeepingRecorder()
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:

            async def run() -> None:
                await ask(
                    "wait with a tool",
                    {"name": "sums", "url": sums_url},
                    credentials={"mcp_sums_token": TOKEN},
                    recorder=recorder,
                )

            group.start_soon(run)
            while not any(step.name == "sums_hang" for step in recorder.steps):
                await anyio.sleep(0.01)
            started = time.monotonic()
            group.cancel_scope.cancel()
    assert time.monotonic() - started < 2


async def test_a_program_that_is_not_allowed_is_never_started(ask, program, configure):
    configure("SCHEDULING", allowed_commands=())
    with pytest.raises(Misconfigured, match="SCHEDULING_ALLOWED_COMMANDS"):
        await ask("add two and three", program)


async def test_a_program_that_ends_at_once_is_an_error(ask, program):
    program["args"] = ["-c", "raise SystemExit(3)"]
    with pytest.raises(AgentError, match="MCP server sums cannot be used"):
        await ask("add two and three", program)


def alive(pid_file: Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True

"""Runs servers that nobody here wrote as processes of their own.

One of models (npm `@copilotkit/aimock`), one of tools (npm `@modelcontextprotocol/server-everything`,
the example of the MCP project): a backend that pleases them speaks the real protocols.
They are installed by `npm ci` in this folder. Without them the tests are skipped, aloud;
with REQUIRE_NODE=1 they fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "node_modules/@copilotkit/aimock/dist/cli.js"
EXAMPLE_MCP = (
    HERE / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"
)
FIXTURES = HERE / "fixtures"
START_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class ModelServer:
    """A running model server."""

    #: `http://127.0.0.1:<port>`, without a path.
    url: str

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def journal(self) -> list[dict[str, Any]]:
        """Return the requests it saw, oldest first: `path`, `headers`, `body`, `response`."""
        entries: list[dict[str, Any]] = self._call("GET", "/__aimock/journal")
        return entries

    def set_chaos(self, **rates: float) -> None:
        """Make it misbehave: `dropRate`, `malformedRate`, `latencyMs`, ..."""
        self._call("POST", "/__aimock/chaos", rates)

    def reset(self) -> None:
        """Forget the journal and the misbehaviour; the fixtures stay."""
        self._call("DELETE", "/__aimock/chaos")
        self._call("POST", "/__aimock/reset/journal")

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def running_model_server(
    fixtures: Path = FIXTURES, port: int | None = None
) -> Iterator[ModelServer]:
    """Start the model server on `port`, or on a free loopback port; stop it at the end.

    `fixtures` is a JSON file or a folder of them.
    """
    port = port or _free_port()
    arguments = ["--port", str(port), "--fixtures", str(fixtures)]
    with _running(PROGRAM, *arguments, "--strict", "--log-level", "warn", port=port):
        yield ModelServer(url=f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def running_example_mcp(port: int) -> Iterator[None]:
    """Start the MCP project's example server at http://127.0.0.1:`port`/mcp."""
    with _running(EXAMPLE_MCP, "streamableHttp", port=port):
        yield


def require_node(program: Path) -> str:
    """Return the path of node. Skips the test when it or `program` is missing."""
    node = shutil.which("node")
    if node is None or not program.exists():
        missing = "node" if node is None else "node_modules (run `npm ci`)"
        message = f"{program.parts[-3]} in tests/modelserver needs {missing}"
        if os.environ.get("REQUIRE_NODE") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return node


@contextlib.contextmanager
def _running(program: Path, *arguments: str, port: int) -> Iterator[None]:
    process = subprocess.Popen(
        [require_node(program), str(program), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PORT": str(port)},
    )
    try:
        _wait_until_open(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            output, _ = process.communicate()
            pytest.fail(f"the server stopped: {output.decode(errors='replace')}")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 1),
        ):
            return
        time.sleep(0.05)
    pytest.fail(f"the server did not open its port in {START_SECONDS:g} s")

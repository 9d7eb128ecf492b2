"""Whole installations as real processes: on one machine, and on PostgreSQL and Redis."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer

from tests.flows.seed import Seed
from tests.flows.stack import Stack, await_true, free_port, running_stack
from tests.modelserver.server import ModelServer, running_model_server

FIXTURES = Path(__file__).parent / "fixtures"
ON_SERVERS = "PostgreSQL and Redis"
PROGRAMS = ("sort", "sleep", "node")


@dataclass
class Installation:
    """A running stack and somebody's token for it."""

    stack: Stack
    token: str
    broker: OwnRedis | None
    welcome: str
    """What the first start said: the first admin's password."""

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Call the API; the answer, whatever it is."""
        headers = {"Authorization": f"Bearer {self.token}"} | kwargs.pop("headers", {})
        return requests.request(
            method, self.stack.url + path, headers=headers, timeout=30, **kwargs
        )

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def runs(self, task_id: str, limit: int = 200) -> list[dict[str, Any]]:
        found = self.get(f"/v2/admin/scheduled-tasks/{task_id}/runs?limit={limit}")
        rows: list[dict[str, Any]] = (
            found if isinstance(found, list) else found["results"]
        )
        return rows

    def await_runs(
        self, task_id: str, status: str, count: int = 1, seconds: float = 60
    ) -> list[dict[str, Any]]:
        """Wait until `count` runs of the task have that status, and return those."""

        def matching() -> list[dict[str, Any]]:
            return [run for run in self.runs(task_id) if run["status"] == status]

        await_true(
            lambda: len(matching()) >= count,
            f"{count} {status} runs of {task_id}",
            seconds,
        )
        return matching()

    def make_agent(self, agent_id: str, backend: str, /, **options: Any) -> None:
        body = {
            "id": agent_id,
            "name": agent_id,
            "backend": backend,
            "options": options,
        }
        self.post("/v2/admin/agents/", body)


class OwnRedis:
    """A Redis of the test's own, because a shared one must not be killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *("redis-server", "--port", str(self._port), "--bind", "127.0.0.1"),
                *("--appendonly", "yes", "--save", "", "--dir", str(self._folder)),
            ],
            stdout=subprocess.DEVNULL,
        )
        await_true(self._answers, "Redis answers", 20)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        import redis

        with contextlib.closing(redis.Redis.from_url(self.url)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


@cache
def seed_of(kind: str) -> Seed:
    """The prepared installation of that kind; one for each process that runs tests."""
    folder = Path(tempfile.mkdtemp(prefix="backbeat-seed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = os.environ["TEST_POSTGRES_URL"] if kind == ON_SERVERS else ""
    seed = Seed(folder / "seed", server)
    atexit.register(seed.drop)
    seed.prepare()
    return seed


@contextlib.contextmanager
def installed(
    kind: str, folder: Path, env: dict[str, str], arguments: tuple[str, ...] = ()
) -> Iterator[Installation]:
    """Start a Backbeat of that kind, make a token for its admin, stop it at the end."""
    with contextlib.ExitStack() as exits:
        broker, seed = None, seed_of(kind)
        seed.copy_to(folder / "data")
        if kind == ON_SERVERS:
            broker = OwnRedis(folder / "redis")
            exits.callback(broker.kill)
            env = env | {
                "DATABASE_URL": exits.enter_context(seed.copied_database()),
                "REDIS_URL": broker.url,
            }
        stack = exits.enter_context(
            running_stack(folder / "data", env=env, arguments=arguments)
        )
        token = stack.manage("create_token", "admin").split()[-1]
        yield Installation(stack, token, broker, seed.welcome)


def needs_servers() -> pytest.MarkDecorator:
    missing = not os.environ.get("TEST_POSTGRES_URL") or not shutil.which(
        "redis-server"
    )
    return pytest.mark.skipif(
        missing, reason="TEST_POSTGRES_URL or redis-server is missing"
    )


KINDS = [
    pytest.param("one machine", marks=pytest.mark.xdist_group("one machine")),
    pytest.param(
        ON_SERVERS, marks=[pytest.mark.xdist_group("servers"), needs_servers()]
    ),
]


@pytest.fixture(scope="session")
def outside() -> Iterator[HTTPServer]:
    """The outside world: records what arrives, answers 200 unless told otherwise."""
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield server


@pytest.fixture(scope="session")
def model_port() -> int:
    """Where the model server will be; an installation must know before it starts."""
    return free_port()


@pytest.fixture(scope="session")
def mcp_port() -> int:
    """Where the example MCP server will be."""
    return free_port()


@pytest.fixture(scope="session")
def model_server(model_port: int) -> Iterator[ModelServer]:
    with running_model_server(FIXTURES, model_port) as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def installation(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    outside: HTTPServer,
    model_port: int,
    mcp_port: int,
) -> Iterator[Installation]:
    """A running installation that may call what listens on loopback, and some programs."""
    receiver = f"http://127.0.0.1:{outside.port}"
    servers = [f"http://127.0.0.1:{port}" for port in (model_port, mcp_port)]
    programs = [path for path in map(shutil.which, PROGRAMS) if path]
    env = {
        "NOTIFICATIONS_ALLOWED_ORIGINS": receiver,
        "SCHEDULING_AGENT_ALLOWED_ORIGINS": ",".join([receiver, *servers]),
        "SCHEDULING_ALLOWED_COMMANDS": ",".join(programs),
        "SCHEDULING_ALLOWED_FUNCTIONS": "statistics:mean,time:sleep,examples.aiops.functions:*",
        "SCHEDULING_LEASE_SECONDS": "8",
        "SCHEDULING_HEARTBEAT_SECONDS": "2",
        "SCHEDULING_RERING_AFTER_SECONDS": "5",
    }
    with installed(request.param, tmp_path_factory.mktemp("flow"), env) as running:
        yield running


def until(instant: float) -> None:
    """Wait for a wall-clock instant (Unix seconds)."""
    time.sleep(max(0.0, instant - time.time()))

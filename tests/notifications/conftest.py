"""Receivers on loopback, a broker that can be looked into, and rows to send."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery._state import get_current_app
from kombu.transport.memory import Channel
from pytest_httpserver import HTTPServer
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from werkzeug import Request, Response

from config.supervisor.valkey import find_server
from notifications import lifecycle
from notifications.models import Delivery, Webhook
from tests.factories import make_delivery


class Receiver:
    """A server on loopback that answers as told; the last answer repeats."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.origin = server.url_for("").rstrip("/")

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self.server.log]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.get_data()) for request in self.requests]

    @property
    def ids(self) -> list[str]:
        return [request.headers["Webhook-Id"] for request in self.requests]

    def answers(self, *answers: int | Response, path: str = "/hook") -> str:
        """Answer these in turn under `path`. Returns its URL."""
        waiting = list(answers)

        def handle(_: Request) -> Response:
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return answer if isinstance(answer, Response) else Response(status=answer)

        self.server.expect_request(path).respond_with_handler(handle)
        return self.origin + path


@pytest.fixture
def receiver(httpserver: HTTPServer, configure: Callable[..., None]) -> Receiver:
    found = Receiver(httpserver)
    configure("NOTIFICATIONS", allowed_origins=(found.origin,))
    return found


@pytest.fixture
def silent_url(configure: Callable[..., None]):
    """A receiver that takes the request and never answers; the time limit is short."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        configure("NOTIFICATIONS", allowed_origins=(origin,), total_seconds=0.2)
        yield f"{origin}/bot123:secret/hook"


@pytest.fixture
def refusing_url(configure: Callable[..., None]) -> str:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    configure("NOTIFICATIONS", allowed_origins=(origin,))
    return f"{origin}/bot123:secret/hook"


@pytest.fixture
def owed(db: None) -> Callable[..., Delivery]:
    """`owed(url, "discord", content="…")`: a due delivery to a webhook of its own."""
    return make_owed


def make_owed(
    url: str = "", format: str = "raw", *, content: Any = None, **fields: Any
) -> Delivery:
    settings = {
        "name": f"{format} hook",
        "chat_id": "-100" if format == "telegram" else "",
        "body_template": {"text": "{{content}}"} if format == "template" else None,
    } | fields.pop("webhook", {})
    webhook = Webhook.objects.create(url=url, format=format, **settings)
    delivery = make_delivery(webhook, **fields)
    if content is not None:
        delivery.payload["content"] = content
        delivery.save()
    return delivery


def claim(delivery: Delivery) -> Delivery:
    """Take a delivery that must be there for the taking."""
    claimed = lifecycle.claim(delivery.id)
    assert claimed
    return claimed


class Broker:
    """Celery's own in-memory broker, in front of a Celery application for one test."""

    def __init__(self) -> None:
        self.app = Celery("tests", set_as_current=False)
        self.app.config_from_object("django.conf:settings", namespace="CELERY")
        self.use("memory://")

    def use(self, url: str) -> None:
        # Under the names of Django's settings, which Celery looks up first.
        self.app.conf.update(
            CELERY_BROKER_URL=url, CELERY_BROKER_TRANSPORT_OPTIONS={"max_retries": 0}
        )

    def go_away(self, url: str = "redis://127.0.0.1:1/0") -> None:
        """Be a broker from now on that nobody can reach."""
        self.use(url)

    def rung(self) -> list[list[uuid.UUID]]:
        """Take the messages that wait for senders: the delivery ids of each."""
        found = []
        with self.app.connection_for_read() as link:
            waiting = link.SimpleQueue("notifications")
            with contextlib.suppress(waiting.Empty):
                while True:
                    message = waiting.get_nowait()
                    message.ack()
                    args, *_ = message.payload
                    found.append([uuid.UUID(each) for each in args[0]])
            waiting.close()
        return found


@pytest.fixture
def broker():
    """What is rung in this test, kept in memory."""
    usual = get_current_app()
    found = Broker()
    found.app.set_current()
    yield found
    usual.set_current()
    found.app.close()
    Channel.queues.clear()


class Valkey:
    """A Valkey of one's own on a UNIX socket, that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"unix://{folder}/valkey.sock?db=0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = f"--port 0 --dir {self.folder} --unixsocket {self.folder}/valkey.sock"
        self.process = subprocess.Popen(
            [find_server(), *options.split(), "--save", ""], stdout=subprocess.DEVNULL
        )
        with Redis.from_url(
            self.url, retry=Retry(ConstantBackoff(0.05), 200)
        ) as client:
            client.ping()

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait(10)

    def command(self, *words: str) -> Any:
        with Redis.from_url(self.url) as client:
            return client.execute_command(*words)


@pytest.fixture
def valkey(settings: Any):
    with tempfile.TemporaryDirectory() as folder:  # tmp_path is too long for a socket
        server = Valkey(Path(folder))
        server.start()
        settings.REDIS_URL = server.url
        yield server
        server.stop()

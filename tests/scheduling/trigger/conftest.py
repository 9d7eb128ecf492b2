"""Things outside that trigger tasks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from scheduling.interop.trigger import hook, rate
from scheduling.interop.trigger.signature import sign
from tests.factories import make_task
from tests.scheduling.api.conftest import (  # noqa: F401 -- fixtures
    as_person,
    as_staff,
    person,
    staff,
)

SECRET = "a-secret-of-the-installation"


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    """Nothing is counted or registered yet, and Redis is away."""
    settings.STATIC_ROOT = tmp_path  # WhiteNoise warns of a folder that is not there
    settings.REDIS_URL = f"unix://{tmp_path}/no.sock?db=0"
    rate.forget()
    yield
    rate.forget()
    hook.forget()


@pytest.fixture
def task(db):
    return make_task(id="report", target_user_id="45")


def signed(
    body: bytes = b"", secret: str = SECRET, at: float | None = None
) -> dict[str, str]:
    """The headers of a body that is signed now."""
    stamp = str(int(time.time() if at is None else at))
    return {
        "X-Webhook-Signature": sign(secret, stamp, body),
        "X-Webhook-Timestamp": stamp,
    }


@pytest.fixture
def post() -> Callable[..., Any]:
    """Trigger a task as something outside would, with a CSRF check as in real life."""
    client = Client(enforce_csrf_checks=True)

    def send(
        task_id: str = "report",
        body: Any = b"",
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> Any:
        query = extra.pop("query", "")
        kind = extra.pop("content_type", "application/json")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = f"/webhook/trigger/{task_id}{query}"
        return client.post(path, raw, content_type=kind, headers=headers or {}, **extra)

    return send


def rejected(answer: Any) -> tuple[int, str]:
    """Status and message of a refusal in the shape of CONTRACTS A2."""
    error = answer.json()["error"]
    assert error["code"] == "WEBHOOK_REJECTED"
    return answer.status_code, error["message"]

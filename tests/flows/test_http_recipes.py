"""What docs/http-recipes.md shows works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications.signing import generate_secret, signature_headers
from tests.flows.conftest import Installation
from tests.flows.stack import await_true, free_port

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "http-recipes.md").read_text(encoding="utf-8")
SECRET = generate_secret()
PROGRAMS = {"python": [sys.executable, "-c"], "js": ["node", "-e"]}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(params=PROGRAMS)
def receiver(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the page's receiver in that language, which runs."""
    port = free_port()
    (code,) = blocks(request.param)
    process = subprocess.Popen(
        [*PROGRAMS[request.param], code.replace("9000", str(port))],
        env=os.environ | {"SIGNING_SECRET": SECRET},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await_true(lambda: _answers(url), "the receiver listens", 20)
        yield url
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.post(url, b"", timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


def signed(body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = datetime.fromtimestamp(datetime.now(UTC).timestamp() - age, UTC)
    return {"Webhook-Id": "7"} | signature_headers("7", body, [secret], now=at)


def test_the_receivers_take_what_we_sign_and_nothing_else(receiver: str) -> None:
    body = '{"text": "Xin chào"}'.encode()
    asked = [
        (body, signed(body)),
        (body + b" ", signed(body)),
        (body, signed(body, secret=generate_secret())),
        (body, signed(body, age=600)),
        (body, {}),
    ]
    answers = [
        requests.post(receiver, data, headers=headers, timeout=10).status_code
        for data, headers in asked
    ]
    assert answers == [204, 401, 401, 401, 401]


@pytest.mark.broker
@pytest.mark.timeout(300)
def test_the_lines_of_the_page_do_what_it_says(
    installation: Installation, outside: HTTPServer
) -> None:
    heard: list[Request] = []

    def hear(request: Request) -> Response:
        heard.append(request)
        return Response(status=204)

    outside.clear()  # the other kind of installation had its own
    outside.expect_request("/recipe").respond_with_handler(hear)
    lines = "\n".join(blocks("sh"))
    lines = lines.replace("http://localhost:8000", installation.stack.url)
    lines = lines.replace(".venv/bin/python", sys.executable)
    lines = lines.replace(
        "https://receiver.example.com/hook", outside.url_for("/recipe")
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines],
        cwd=ROOT,
        env=installation.stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert '"status": "triggered"' in done.stdout
    assert '"status": "completed"' in done.stdout  # who waited has the result
    assert '"event_type": "recipe.done"' in done.stdout
    assert '"state":"running"' in done.stdout
    installation.await_runs("recipe-task", "succeeded", count=5)
    await_true(lambda: bool(heard), "the webhook arrives", 60)
    assert heard[0].headers["Webhook-Signature"].startswith("v1,")

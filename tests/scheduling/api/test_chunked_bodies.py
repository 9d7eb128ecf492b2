"""Bodies that come without their length."""

from __future__ import annotations

import io

import pytest

from config.api import MAX_BODY_BYTES
from tests.scheduling.api.conftest import TASKS

pytestmark = pytest.mark.django_db
MIDDLEWARE = "config.chunked.read_chunked_bodies"


@pytest.fixture(autouse=True)
def middleware(settings):
    if MIDDLEWARE not in settings.MIDDLEWARE:
        settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]


class Trickle(io.BytesIO):
    """Gives at most seven bytes at a time, as a server may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


def post(client, stream, *, terminated=True):
    environment = {
        "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": stream, "wsgi.input_terminated": terminated,
    }  # fmt: skip
    return client.generic("POST", TASKS, "", "application/json", **environment)


def test_a_chunked_body_is_read_to_its_end(as_staff):
    answer = post(as_staff, Trickle(b'{"name": "a long enough name", "colour": "red"}'))
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["colour"]


def test_a_chunked_body_is_counted(as_staff):
    stream = io.BytesIO(b" " * (MAX_BODY_BYTES + 100_000))
    answer = post(as_staff, stream)
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert stream.tell() == MAX_BODY_BYTES + 1


def test_a_server_that_does_not_end_the_stream_needs_a_length(as_staff):
    assert post(as_staff, io.BytesIO(b"{}"), terminated=False).status_code == 411

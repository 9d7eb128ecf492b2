"""Bodies of requests, of which no more is read than is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import APIException


class BodyTooLarge(APIException):
    """The body has more bytes than the view takes."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than the {limit} bytes allowed here.")


def read_body(request: HttpRequest, most: int) -> bytes:
    """Return the bytes of a body that nobody has parsed yet. Raises `BodyTooLarge`.

    What says itself that it is too long is not even read.
    """
    if declared_length(request.META) > most:
        raise BodyTooLarge(most)
    body: bytes = request.read(most + 1)
    if len(body) > most:
        raise BodyTooLarge(most)
    return body


def declared_length(meta: Mapping[str, Any]) -> int:
    """Return what Content-Length says; 0: nothing, or no number."""
    length = meta.get("CONTENT_LENGTH") or "0"
    # Python refuses to read thousands of digits; the first eighteen are too much already.
    return int(length[:18]) if length.isascii() and length.isdigit() else 0

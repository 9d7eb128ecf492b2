"""What the whole API shares: how bodies are read, lists paged and errors told.

`REST_FRAMEWORK` in the settings names `LimitedJSONParser`, `Pages` and `problem_document`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import APIException, ParseError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from config.problems import problem_document
from signals.api.paging import DEFAULT_LIMIT, MAX_LIMIT, whole_number

__all__ = ["BodyTooLarge", "LimitedJSONParser", "Pages", "problem_document"]

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_OFFSET = 1_000_000


class BodyTooLarge(APIException):
    """The body has more bytes than the view takes."""

    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than the {limit} bytes allowed here.")


class LimitedJSONParser(BaseParser):
    """A JSON object of at most `max_body_bytes` (of the view, else 2 MB).

    Content-Length is believed when it says too much: then nothing is read. What comes is
    counted all the same. NaN, infinities and bodies that are no object are refused.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the object. Raises `BodyTooLarge`, or `ParseError` saying where it breaks."""
        context = parser_context or {}
        limit = getattr(context.get("view"), "max_body_bytes", MAX_BODY_BYTES)
        request = context.get("request")
        if request is not None and _declared_length(request) > limit:
            raise BodyTooLarge(limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(limit)
        return _object(body)


class Pages(LimitOffsetPagination):
    """`?limit=&offset=` for lists that people edit; history pages by cursor instead."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_limit(self, request: Request) -> int:
        return whole_number(
            request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT
        )

    def get_offset(self, request: Request) -> int:
        return whole_number(request, "offset", default=0, least=0, most=MAX_OFFSET)


def _declared_length(request: Request) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(
            body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise ParseError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, "
            f"column {error.colno}."
        ) from error
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:  # an integer of thousands of digits
        raise ParseError(
            f"The body holds a number that is too long: {error}."
        ) from error
    if not isinstance(document, dict):
        raise ParseError(
            f"The body must be a JSON object, in braces; this is {_KINDS[type(document)]}."
        )
    return document


def _refuse(constant: str) -> NoReturn:
    raise ParseError(f"The body holds {constant}, which is not JSON; use null.")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ParseError(f"The body holds {digits:.40}, which no number can hold.")
    return number


_KINDS = {
    list: "a list",
    str: "a text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}

"""What the whole API shares: how bodies are read, lists paged and errors told.

`REST_FRAMEWORK` in the settings names `LimitedJSONParser`, `Pages` and `problem_document`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django_filters.rest_framework import BooleanFilter, DjangoFilterBackend
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from config.problems import problem_document
from signals.api.bodies import BodyTooLarge, declared_length
from signals.api.paging import (
    CURSOR_PARAMETER,
    DEFAULT_LIMIT,
    LIMIT_PARAMETER,
    MAX_LIMIT,
    ByCursor,
    limit_of,
    whole_number,
)

__all__ = ["BodyTooLarge", "LimitedJSONParser", "Pages", "problem_document"]

MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_OFFSET = 1_000_000


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
        if request is not None and declared_length(request.META) > limit:
            raise BodyTooLarge(limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(limit)
        return _object(body)


class Filters(DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """Filters of lists. What is neither true nor false is refused, not taken for any."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        kind = self.get_filterset_class(view, queryset)
        for name, each in kind.base_filters.items() if kind else ():
            said = request.query_params.get(name, "")
            if isinstance(each, BooleanFilter) and said.lower() not in _SAID:
                message = f"{said[:40]!r} is neither true nor false."
                raise ValidationError({name: [message]})
        return super().filter_queryset(request, queryset, view)


class Pages(LimitOffsetPagination):
    """Lists that people edit: by `?limit=&offset=` with a count, or right by `?cursor=`.

    By cursor they come in the order of their keys (of the view's `cursor_ordering`), which no
    edit changes; nothing is counted.
    """

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT
    _by_cursor: ByCursor | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any] | None:
        if "cursor" not in request.query_params:
            return super().paginate_queryset(queryset, request, view)
        self._by_cursor = ByCursor()
        self._by_cursor.ordering = getattr(view, "cursor_ordering", ByCursor.ordering)
        return self._by_cursor.paginate_queryset(queryset, request, view)

    def get_paginated_response(self, data: Any) -> Response:
        if self._by_cursor is not None:
            return self._by_cursor.get_paginated_response(data)
        return super().get_paginated_response(data)

    def get_limit(self, request: Request) -> int:
        return limit_of(request)

    def get_offset(self, request: Request) -> int:
        return whole_number(request, "offset", default=0, least=0, most=MAX_OFFSET)

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        page = ByCursor().get_paginated_response_schema(schema)
        count = {"type": "integer", "description": "Of all pages; not by cursor."}
        page["properties"] = {"count": count, **page["properties"]}
        return page

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [LIMIT_PARAMETER, _OFFSET_PARAMETER, CURSOR_PARAMETER]


_SAID = ("", "true", "false", "1", "0")
_OFFSET_PARAMETER = {
    "name": "offset", "in": "query", "required": False,
    "description": "Rows left out before the page; with a cursor it is not asked.",
    "schema": {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0},
}  # fmt: skip


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

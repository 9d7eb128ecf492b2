"""Pages of the API: `limit` is checked, not corrected in silence, and a cursor stays right.

A cursor names the row where a page ends, not how many rows came before it: rows that arrive or go
meanwhile are neither left out nor shown twice.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from django.core.exceptions import ValidationError as FieldError
from django.db.models import Model, Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
_MAX_CURSOR_CHARS = 2_000


def whole_number(
    request: Request, name: str, *, default: int, least: int, most: int
) -> int:
    """Return the query parameter `name`. Raises DRF's `ValidationError` naming it."""
    raw = request.query_params.get(name)
    if raw is None or raw == "":
        return default
    if raw.isascii() and raw.isdigit() and len(raw) <= 18 and least <= int(raw) <= most:
        return int(raw)
    message = f"{raw[:40]!r} is no whole number from {least} to {most}."
    raise ValidationError({name: [message]})


@dataclass(frozen=True)
class _Cursor:
    """Where a page begins: after the row with these values, or `back` from it."""

    values: tuple[Any, ...]
    back: bool = False

    def __str__(self) -> str:
        text = json.dumps([self.back, *map(_as_text, self.values)])
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


class ByCursor(BasePagination):
    """Pages in the order of `ordering`, whose last field no two rows share. Nothing is counted."""

    ordering: tuple[str, ...] = ("pk",)

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        limit = limit_of(request)
        cursor = self._read(request.query_params.get("cursor", ""), queryset.model)
        back = cursor is not None and cursor.back
        rows = queryset.order_by(*(_turned(each) if back else each for each in self.ordering))  # fmt: skip
        if cursor is not None:
            rows = rows.filter(self._beyond(cursor))
        page = list(rows[: limit + 1])
        more = len(page) > limit
        page = page[:limit][::-1] if back else page[:limit]
        self._address = request.build_absolute_uri()
        self._next = self._cursor(page[-1]) if page and (more or back) else None
        has_previous = more if back else cursor is not None
        self._previous = self._cursor(page[0], back=True) if page and has_previous else None  # fmt: skip
        return page

    def get_paginated_response(self, data: Any) -> Response:
        links = {"next": self._link(self._next), "previous": self._link(self._previous)}
        return Response({**links, "results": data})

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [LIMIT_PARAMETER, CURSOR_PARAMETER]

    def _beyond(self, cursor: _Cursor) -> Q:
        """The rows that come after the cursor's, or before it on the way back."""
        columns = list(zip(self.ordering, cursor.values, strict=True))
        name, value = columns[0]
        # Said first by itself, for databases that find a range by the first column only.
        bound = Q(**{f"{name.lstrip('-')}__{_side(name, cursor)}e": value})
        beyond = Q()
        for place, (name, value) in enumerate(columns):
            same = {each.lstrip("-"): held for each, held in columns[:place]}
            beyond |= Q(**same, **{f"{name.lstrip('-')}__{_side(name, cursor)}": value})
        return bound & beyond if len(columns) > 1 else beyond

    def _cursor(self, row: Any, *, back: bool = False) -> _Cursor:
        values = (getattr(row, name.lstrip("-")) for name in self.ordering)
        return _Cursor(tuple(values), back)

    def _link(self, cursor: _Cursor | None) -> str | None:
        if cursor is None:
            return None
        address = remove_query_param(self._address, "offset")
        return replace_query_param(address, "cursor", str(cursor))

    def _read(self, text: str, model: type[Model]) -> _Cursor | None:
        """The cursor that `text` says; None to begin. Raises `ValidationError`."""
        if not text:
            return None
        if len(text) > _MAX_CURSOR_CHARS:
            _refuse(text)
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            back, *given = json.loads(urlsafe_b64decode(padded))
            names = [name.lstrip("-") for name in self.ordering]
            values = [_value(model, *pair) for pair in zip(names, given, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, FieldError):
            _refuse(text)
        return _Cursor(tuple(values), back is True)


class NewestFirst(ByCursor):
    """History, newest first: as quick at row ten million as at the first."""

    ordering = ("-created_at", "-id")


def limit_of(request: Request) -> int:
    """How many rows one page has. Raises `ValidationError`."""
    return whole_number(
        request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _side(name: str, cursor: _Cursor) -> str:
    return "lt" if name.startswith("-") is not cursor.back else "gt"


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _value(model: type[Model], name: str, text: Any) -> Any:
    """A column's value from what stands in a cursor, as anybody may have written it."""
    if not isinstance(text, str) or "\0" in text:
        raise ValueError(text)
    meta = model._meta  # noqa: SLF001 -- Django's documented API
    value: Any = (meta.pk if name == "pk" else meta.get_field(name)).to_python(text)  # type: ignore[union-attr]
    if value is None:
        raise ValueError(text)
    if isinstance(value, str):
        value.encode()  # a lone surrogate is nothing to look for
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _refuse(text: str) -> NoReturn:
    message = (
        f"{text[:40]!r} is none of ours: follow `next` and `previous` as they are."
    )
    raise ValidationError({"cursor": [message]})


LIMIT_PARAMETER: dict[str, Any] = {
    "name": "limit", "in": "query", "required": False,
    "description": f"Rows of one page, 1 to {MAX_LIMIT}.",
    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
}  # fmt: skip
CURSOR_PARAMETER: dict[str, Any] = {
    "name": "cursor", "in": "query", "required": False,
    "description": "Where the page begins: taken from `next` or `previous`; empty: at the start.",
    "schema": {"type": "string"},
}  # fmt: skip

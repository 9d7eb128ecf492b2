"""Pages of the API: `limit` is checked, not corrected in silence."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


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


class NewestFirst(CursorPagination):
    """History, newest first, by cursor: as quick at row ten million, and nothing is counted."""

    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"
    page_size_query_description = f"Rows of one page, 1 to {MAX_LIMIT}."
    ordering = ("-created_at", "-id")

    def get_page_size(self, request: Request) -> int:
        return whole_number(
            request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT
        )

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        return self.ordering

"""Addresses of many rows' pages, without asking all URL patterns for each."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from django.contrib.admin.utils import quote as quote_id
from django.urls import get_script_prefix, reverse

_ANY_ID = "0"


def address(page: str, key: Any) -> str:
    """The address of the admin's page `page` (its URL's name) of the row whose id is `key`."""
    before, after = _around_the_id(page, get_script_prefix())
    return f"{before}/{quote(quote_id(str(key)))}/{after}"


@cache
def _around_the_id(page: str, _prefix: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[_ANY_ID]).rpartition(f"/{_ANY_ID}/")
    return before, after

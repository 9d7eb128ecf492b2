"""Addresses of many rows' pages, without asking all URL patterns for each: `{% load addresses %}`."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from django import template
from django.contrib.admin.utils import quote as quote_id
from django.urls import get_script_prefix, reverse

register = template.Library()
_ANY_ID = "0"


@register.simple_tag
def address(page: str, key: Any) -> str:
    """The address of the row whose id is `key` on the admin's `page`, an URL's name that takes any id."""
    before, after = _around_the_id(page, get_script_prefix())
    return f"{before}/{quote(quote_id(str(key)))}/{after}"


@cache
def _around_the_id(page: str, _prefix: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=[_ANY_ID]).rpartition(f"/{_ANY_ID}/")
    return before, after

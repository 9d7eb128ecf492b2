"""What the admins of all apps share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from pages.templatetags.pages import status, when


class ReadOnly:
    """History is looked at, never written."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def status_cell(value: str, label: str = "") -> SafeString:
    """A state by icon and word, for a column of a list."""
    return status(value, label)


def when_cell(instant: Any, zone: str = "") -> SafeString:
    """How long ago or ahead, with the exact time on hover, for a column of a list."""
    return when(instant, zone)

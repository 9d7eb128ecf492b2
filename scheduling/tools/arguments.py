"""PURE: reading the arguments of a tool, which may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduling.agents.base import ToolError
from signals.sanitise import clean_text


def text(arguments: Mapping[str, Any], name: str) -> str:
    """Return a text without the white space around it; empty when it is not there.

    Raises `ToolError` when it is something else.
    """
    value = arguments.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ToolError(f"'{name}' must be text, not {type(value).__name__}")
    return clean_text(value).strip()


def number(
    arguments: Mapping[str, Any], name: str, *, default: int, least: int, most: int
) -> int:
    """Return a whole number. Raises `ToolError` when it is none from `least` to `most`."""
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:  # fmt: skip
        raise ToolError(f"'{name}' must be a whole number from {least} to {most}")
    return value

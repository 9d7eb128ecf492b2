"""Errors that `notifications` raises on purpose."""

from __future__ import annotations

from pages import conflict


class Conflict(conflict.Conflict):
    """The state of a delivery does not allow what was asked (HTTP 409)."""

"""Errors that `scheduling` raises on purpose."""

from __future__ import annotations

from pages import conflict


class Conflict(conflict.Conflict):
    """The state of a task or a run does not allow what was asked (HTTP 409)."""

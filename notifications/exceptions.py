"""Errors that `notifications` raises on purpose."""

from __future__ import annotations


class Conflict(Exception):
    """The state of a delivery does not allow what was asked (HTTP 409)."""

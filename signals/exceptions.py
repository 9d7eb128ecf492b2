"""Errors that `signals` raises on purpose."""

from __future__ import annotations

from pages import conflict


class Conflict(conflict.Conflict):
    """The state of a signal output does not allow what was asked (HTTP 409)."""


class LeaseLost(Conflict):
    """The lease token holds nothing any more: the signal has ended or is somebody else's."""

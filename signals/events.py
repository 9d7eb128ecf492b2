"""Says that signals have moved, to whoever wants to know: this app knows nobody."""

from __future__ import annotations

from django.dispatch import Signal

moved = Signal()
"""Sent inside the transaction of the move, with `signals` and `verb`: created, claimed,
completed, failed or released.
"""

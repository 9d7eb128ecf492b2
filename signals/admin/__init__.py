"""The admin of `signals`: read-only, because jobs move signals; people may by hand."""

from __future__ import annotations

from signals.admin.outputs import SignalOutputAdmin

__all__ = ["SignalOutputAdmin"]

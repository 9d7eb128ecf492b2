"""The whole payload as JSON (CONTRACTS A0, the default format)."""

from __future__ import annotations

from notifications.formatters.base import FormatConfig, Message, NotificationPayload


def format_raw(payload: NotificationPayload, config: FormatConfig) -> Message:
    """The seven fields of the payload."""
    del config
    return payload.as_dict()

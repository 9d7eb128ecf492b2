"""The payload for the table of signal outputs, without HTTP.

The ingest of `signals` takes the raw payload and lifts `ticker`, `event_type` and the other
signal fields from a typed content and from its metadata, so this is the raw body under a name of
its own.
"""

from __future__ import annotations

from notifications.formatters.base import FormatConfig, Message, NotificationPayload


def format_signal_output(payload: NotificationPayload, config: FormatConfig) -> Message:
    """What `signals` ingests: the seven fields of the payload."""
    del config
    return payload.as_dict()

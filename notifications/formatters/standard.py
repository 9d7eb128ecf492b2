"""Standard Webhooks 1.0: the payload in the envelope of the specification, signed.

The signature is a header over id, moment and body (`notifications.signing`), made for each try;
this is the body, which is the same in every try.
"""

from __future__ import annotations

from datetime import UTC, datetime

from notifications.formatters.base import (
    FormatConfig,
    FormatterError,
    Message,
    NotificationPayload,
)
from pages.sentence import Sentence

UNSIGNED = Sentence(
    "is missing; this format is signed, so give whsec_… or have one made"
)


def format_standard(payload: NotificationPayload, config: FormatConfig) -> Message:
    """`{type, timestamp, data}`: data holds the seven keys of the raw payload.

    `timestamp` is when the run ended, as its metadata say. Raises `FormatterError` without a
    signing secret.
    """
    check_secret(config)
    return {
        "type": event_type(payload),
        "timestamp": _moment(payload),
        "data": payload.as_dict(),
    }


def event_type(payload: NotificationPayload) -> str:
    """`run.succeeded`, `run.failed`, `incident.opened` (reminder, resolved), `digest`, `test`."""
    incident = payload.metadata.get("incident")
    if isinstance(incident, dict):
        return f"incident.{incident.get('state') or 'opened'}"
    if payload.output_type == "digest":
        return "digest"
    if payload.metadata.get("test") is True:
        return "test"
    return f"run.{payload.metadata.get('status') or 'succeeded'}"


def check_secret(config: FormatConfig) -> None:
    """Raise `FormatterError` unless the webhook has a signing secret."""
    if not config.has_secret:
        raise FormatterError("signing_secret", UNSIGNED)


def _moment(payload: NotificationPayload) -> str:
    ended = payload.metadata.get("finished_at")
    return ended if isinstance(ended, str) and ended else datetime.now(UTC).isoformat()

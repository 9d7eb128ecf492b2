"""An event as it stands on the bus (CONTRACTS A1). PURE.

    {"event_type": "task.completed", "source_agent": "echo", "target_agent": null,
     "payload": {"event_id": "…", "run_id": "…"}, "timestamp": "2026-11-21T07:00:00+00:00"}

One with a target goes to that agent's channel, any other to all.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from signals.sanitise import clean_json

MOST_BYTES = 65_536
"""Of a whole message as JSON; what is longer is not sent, and not heard."""
MOST_NAME_CHARS = 100
"""Of a type, and of an agent's id."""
CHANNELS = "events:"
BROADCAST = f"{CHANNELS}broadcast"
ALL = "*"
_TYPE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class BadMessage(ValueError):
    """What was heard is no event."""


def _now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass(frozen=True, kw_only=True)
class EventMessage:
    """One event. `timestamp` is ISO 8601; `payload` is JSON."""

    event_type: str
    source_agent: str = ""
    target_agent: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    timestamp: str = field(default_factory=_now)

    @property
    def channel(self) -> str:
        return f"{CHANNELS}{self.target_agent}" if self.target_agent else BROADCAST

    @cached_property
    def id(self) -> str:
        """The same for the same event, however often it is heard: `event_id` of its payload,
        or what its text comes to.
        """
        own = self.payload.get("event_id")
        if isinstance(own, str) and 0 < len(own) <= MOST_NAME_CHARS:
            return own
        return hashlib.sha256(self.text().encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands on the bus: five keys, no other."""
        return {
            "event_type": self.event_type,
            "source_agent": self.source_agent,
            "target_agent": self.target_agent,
            "payload": dict(self.payload),
            "timestamp": self.timestamp,
        }

    def text(self) -> str:
        """Return it as text, the same for the same event."""
        return json.dumps(
            self.as_json(), ensure_ascii=False, sort_keys=True, default=str
        )


def own_message(
    event_type: str,
    *,
    source_agent: str = "",
    target_agent: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> EventMessage:
    """Return a new event with an `event_id`. Raises `ValueError` for what cannot be sent."""
    if not is_type(event_type):
        raise ValueError(f"{event_type!r} is no event type: write it like task.completed.")  # fmt: skip
    # Cleaned as it will be heard, so that both ears know it by one id.
    cleaned = clean_json({"event_id": str(uuid.uuid4())} | dict(payload or {}))
    message = EventMessage(
        event_type=event_type,
        source_agent=source_agent,
        target_agent=target_agent or None,
        payload=cleaned if isinstance(cleaned, dict) else {},
    )
    if (size := len(message.text().encode())) > MOST_BYTES:
        raise ValueError(f"The event has {size} bytes; {MOST_BYTES} are allowed.")
    return message


def read_message(raw: bytes | str) -> EventMessage:
    """Return what somebody has put on the bus, cleaned. Raises `BadMessage`."""
    if len(raw) > MOST_BYTES:
        raise BadMessage(f"{len(raw)} bytes; {MOST_BYTES} are heard.")
    try:
        found = clean_json(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadMessage("no JSON object.")
    kind, payload = found.get("event_type"), found.get("payload")
    if not isinstance(kind, str) or not is_type(kind):
        raise BadMessage("its event_type is no name like task.completed.")
    return EventMessage(
        event_type=kind,
        source_agent=_name(found.get("source_agent")),
        target_agent=_name(found.get("target_agent")) or None,
        payload=payload if isinstance(payload, dict) else {},
        timestamp=_name(found.get("timestamp")),
    )


def is_type(text: str) -> bool:
    """Whether `text` can be the type of an event: words joined by dots."""
    return len(text) <= MOST_NAME_CHARS and _TYPE.fullmatch(text) is not None


def is_pattern(text: str) -> bool:
    """Whether `text` is a type, or `x.*` for all types that begin with `x.`."""
    return is_type(text.removesuffix(".*")) and len(text) <= MOST_NAME_CHARS


def matches(patterns: Collection[str] | None, event_type: str) -> bool:
    """Whether one of `patterns` means this type: exactly, by `x.*`, or by `*`; None means all."""
    return patterns is None or any(
        pattern in (ALL, event_type)
        or (pattern.endswith(".*") and event_type.startswith(pattern[:-1]))
        for pattern in patterns
    )


def _name(value: object) -> str:
    return value[:MOST_NAME_CHARS] if isinstance(value, str) else ""

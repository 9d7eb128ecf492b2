"""The moves of signal outputs, told on the event bus as `signal.*`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from notifications.event_bus import EventMessage, publish_messages
from signals.models import SignalOutput

_COLUMNS = ("status", "ticker", "event_type", "source", "task_id", "run_id")


def tell_signals(signals: Iterable[SignalOutput], verb: str, **_: Any) -> None:
    """Tell, after the commit, that these signals moved; what was not loaded is left out."""
    publish_messages(
        [
            EventMessage(event_type=f"signal.{verb}", payload=_facts(each))
            for each in signals
        ]
    )


def _facts(signal: SignalOutput) -> dict[str, Any]:
    unknown = signal.get_deferred_fields()
    facts: dict[str, Any] = {"event_id": str(uuid.uuid4()), "signal_id": signal.pk}
    return facts | {
        name: str(getattr(signal, name)) for name in _COLUMNS if name not in unknown
    }

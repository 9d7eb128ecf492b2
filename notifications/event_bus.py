"""The event bus (CONTRACTS A1): a hint that something happened, never the only way to learn it.

    subscription = subscribe("trader", print, ["task.*"])
    publish_event("report.ready", source_agent="analyst", payload={"ticker": "VCB"})
    subscription.close()

Publishing never waits for Redis, and an event that nobody hears does no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal

from notifications.bus_link import TASK_SYNC, connection, listen, publish, publish_all
from notifications.bus_message import EventMessage, own_message
from notifications.publisher import publisher
from notifications.subscriptions import Callback, Subscription

__all__ = [
    "TASK_SYNC",
    "EventMessage",
    "Subscription",
    "connection",
    "listen",
    "publish",
    "publish_all",
    "publish_event",
    "publish_messages",
    "published",
    "subscribe",
]

published = Signal()
"""Sent in the process that publishes, after the commit, with `messages`: Redis may be away."""


def publish_event(
    event_type: str,
    *,
    source_agent: str = "",
    target_agent: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> str:
    """Tell the bus, after the commit of the transaction that is open, if one is.

    `source_agent` and `target_agent` are ids of agents; without a target all hear it. Of
    `payload` keep out what is secret or long. Returns the event's id. Raises `ValueError` for a
    type that is no name, and for more than 65 536 bytes.
    """
    message = own_message(
        event_type,
        source_agent=source_agent,
        target_agent=target_agent,
        payload=payload,
    )
    publish_messages([message])
    return message.id


def publish_messages(messages: Sequence[EventMessage]) -> None:
    """Tell the bus of several events after the commit."""
    if messages and settings.NOTIFICATIONS.events:
        transaction.on_commit(partial(_tell, messages), robust=True)


def subscribe(
    agent: str | None,
    callback: Callback,
    event_types: Collection[str] | None = None,
) -> Subscription:
    """Call `callback` with each `EventMessage` for all and for `agent`, until it is closed.

    `event_types` are exact types, or `x.*`; None: every type. `agent` None hears what is for
    others too. The callback runs in a thread of its own: while it blocks, up to 1 000 events
    wait for it, and nobody else does; what it raises is logged. Reconnects by itself.
    """
    return Subscription(agent, callback, event_types)


def _tell(messages: Sequence[EventMessage]) -> None:
    publisher().put(messages)
    published.send_robust(sender=EventMessage, messages=messages)

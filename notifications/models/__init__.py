from __future__ import annotations

from notifications.models.chat import ChatMessage, ChatSession
from notifications.models.delivery import Attempt, Delivery
from notifications.models.destination import Destination
from notifications.models.incident import Incident
from notifications.models.webhook import Webhook

__all__ = [
    "Attempt",
    "ChatMessage",
    "ChatSession",
    "Delivery",
    "Destination",
    "Incident",
    "Webhook",
]

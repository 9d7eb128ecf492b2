from __future__ import annotations

from notifications.models.chat import ChatMessage, ChatSession
from notifications.models.delivery import Attempt, Delivery
from notifications.models.webhook import Webhook

__all__ = ["Attempt", "ChatMessage", "ChatSession", "Delivery", "Webhook"]

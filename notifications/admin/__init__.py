"""The admin of `notifications`: one module for each model."""

from __future__ import annotations

from notifications.admin.deliveries import DeliveryAdmin
from notifications.admin.sessions import ChatSessionAdmin

__all__ = ["ChatSessionAdmin", "DeliveryAdmin"]

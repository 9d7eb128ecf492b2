"""Rings the senders. A message carries ids only; losing it costs nothing but a delay."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from celery import current_app, group

logger = logging.getLogger(__name__)

#: A large fan-out is rung as this many messages at the most.
MOST_MESSAGES = 64


def ring(delivery_ids: Sequence[uuid.UUID]) -> None:
    """Send the fan-out as one Celery group. A broker that is away is logged, no more."""
    if not delivery_ids:
        return
    size = -(-len(delivery_ids) // MOST_MESSAGES)
    try:
        group(
            current_app.signature(
                "notifications.deliver",
                args=[[str(each) for each in delivery_ids[start : start + size]]],
            )
            for start in range(0, len(delivery_ids), size)
        ).apply_async()
    except Exception as error:  # noqa: BLE001 -- what was committed must not fail by its bell
        logger.warning(
            "%d deliveries wait for the reconciler: %s", len(delivery_ids), error
        )

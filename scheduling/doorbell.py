"""Rings the workers. A message carries run ids only; losing it costs nothing but a delay.

Ids travel in chunks, because a Celery message costs a millisecond whatever it carries: a
thousand starts take 40 messages.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.conf import settings

logger = logging.getLogger(__name__)


def ring(run_ids: Sequence[uuid.UUID]) -> None:
    """Tell the workers of queued runs. A broker that is away is logged, no more."""
    size = settings.SCHEDULING.chunk_size
    if not run_ids:
        return
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            for start in range(0, len(run_ids), size):
                current_app.send_task(
                    "scheduling.run_chunk",
                    args=[[str(each) for each in run_ids[start : start + size]]],
                    producer=producer,
                )
    except Exception as error:  # noqa: BLE001 -- what was committed must not fail by its bell
        logger.warning("%d runs wait for the reconciler: %s", len(run_ids), error)


def is_queue_empty() -> bool:
    """Whether no message waits for a worker. False when the broker cannot say."""
    try:
        with current_app.connection_for_write() as broker:
            channel: Any = broker.default_channel
            return int(channel.queue_declare("agents").message_count) == 0
    except Exception:  # noqa: BLE001 -- a broker that is full or away cannot say
        return False

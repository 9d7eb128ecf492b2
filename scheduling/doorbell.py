"""Rings the workers. A message carries run ids only; losing it costs nothing but a delay.

Ids travel in chunks, because a Celery message costs a millisecond whatever it carries: a
thousand starts take 40 messages.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from celery import current_app
from django.conf import settings

from scheduling.conf import AGENTS_QUEUE
from scheduling.serving import by_queue, own_name

logger = logging.getLogger(__name__)


def ring(run_ids: Sequence[uuid.UUID]) -> None:
    """Tell the workers of queued runs. A broker that is away is logged, no more."""
    if not run_ids:
        return
    try:
        with current_app.producer_pool.acquire(block=True) as producer:
            for queue, chunk in _chunks(run_ids):
                current_app.send_task(
                    "scheduling.run_chunk",
                    args=[[str(each) for each in chunk]],
                    queue=queue,
                    producer=producer,
                )
    except Exception as error:  # noqa: BLE001 -- what was committed must not fail by its bell
        logger.warning("%d runs wait for the reconciler: %s", len(run_ids), error)


def _chunks(
    run_ids: Sequence[uuid.UUID],
) -> Iterator[tuple[str, Sequence[uuid.UUID]]]:
    size = settings.SCHEDULING.chunk_size
    for queue, ids in by_queue(run_ids):
        for start in range(0, len(ids), size):
            yield queue, ids[start : start + size]


def is_queue_empty() -> bool:
    """Whether no message waits for the workers of this process's user, or of all.

    False when the broker cannot say.
    """
    try:
        with current_app.connection_for_write() as broker:
            channel: Any = broker.default_channel
            return int(channel.queue_declare(own_name(AGENTS_QUEUE)).message_count) == 0
    except Exception:  # noqa: BLE001 -- a broker that is full or away cannot say
        return False

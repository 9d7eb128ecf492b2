"""Redis publish and subscribe: a hint that something changed, never the only way to learn it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: A task was created, changed or deleted (CONTRACTS A0).
TASK_SYNC = "scheduled_task:sync"
_RECONNECT_SECONDS = 1.0


@cache
def connection() -> Redis:
    """This process's Redis client: pooled, thread-safe, and short of patience (seconds)."""
    return Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, retry=None
    )


def publish(channel: str, message: dict[str, Any]) -> None:
    """Tell whoever listens. A broker that is away is logged and does no harm."""
    publish_all([(channel, message)])


def publish_all(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Tell whoever listens several things, each on its channel, in one round trip."""
    try:
        with connection().pipeline(transaction=False) as line:
            for channel, message in messages:
                line.publish(channel, json.dumps(message))
            line.execute()
    except RedisError as error:
        channels = ", ".join(sorted({channel for channel, _ in messages}))
        logger.info("nobody heard %s: %s", channels, error)


def listen(
    channel: str, heard: Callable[[], None], stopped: threading.Event
) -> threading.Thread:
    """Call `heard` on every message, from a daemon thread, until `stopped` is set.

    Reconnects by itself; messages of the time in between are lost, as they may be.
    """
    # Held for the thread's life: a client that nobody holds takes its connections along.
    client = connection()

    def follow() -> None:
        while not stopped.is_set():
            try:
                subscription = client.pubsub(  # type: ignore[no-untyped-call] # redis-py
                    ignore_subscribe_messages=True
                )
                with subscription as pubsub:
                    pubsub.subscribe(channel)
                    while not stopped.is_set():
                        if pubsub.get_message(timeout=1.0) is not None:
                            _tell(channel, heard)
            except RedisError:
                stopped.wait(_RECONNECT_SECONDS)
            except Exception:
                # It must not end the thread: nobody would start it again.
                logger.exception("%s: cannot listen; trying again", channel)
                stopped.wait(_RECONNECT_SECONDS)

    thread = threading.Thread(target=follow, name=f"listen {channel}", daemon=True)
    thread.start()
    return thread


def _tell(channel: str, heard: Callable[[], None]) -> None:
    try:
        heard()
    except Exception:
        logger.exception("%s: what was heard could not be followed", channel)

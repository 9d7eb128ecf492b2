"""The connection to Redis, over which the bus goes: publish, and listen."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: A task was created, changed or deleted (CONTRACTS A0).
TASK_SYNC = "scheduled_task:sync"
_RECONNECT_SECONDS = 1.0

Heard = Callable[[str, bytes], None]
"""Takes the channel and what was said on it."""


@cache
def connection() -> Redis:
    """This process's Redis client: pooled, thread-safe, and short of patience (seconds)."""
    return Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2, retry=None
    )


def publish(channel: str, message: dict[str, Any]) -> None:
    """Tell whoever listens. A broker that is away is logged and does no harm."""
    publish_all([(channel, json.dumps(message))])


def publish_all(messages: Sequence[tuple[str, str]]) -> bool:
    """Tell whoever listens several things, each on its channel, in one round trip.

    False: the broker is away or does not answer, and nobody has heard them.
    """
    try:
        with connection().pipeline(transaction=False) as line:
            for channel, text in messages:
                line.publish(channel, text)
            line.execute()
    except RedisError as error:
        channels = ", ".join(sorted({channel for channel, _ in messages})[:10])
        logger.info("nobody heard %s: %s", channels, error)
        return False
    return True


def listen(
    channel: str, heard: Callable[[], None], stopped: threading.Event
) -> threading.Thread:
    """Call `heard` on every message of `channel`, from a daemon thread, until `stopped` is set.

    Reconnects by itself; messages of the time in between are lost, as they may be.
    """
    return _follow(
        channel,
        lambda link: link.subscribe(channel),
        lambda _channel, _data: heard(),
        stopped,
        threading.Event(),
    )


def listen_to_all(
    pattern: str, heard: Heard, stopped: threading.Event, listening: threading.Event
) -> threading.Thread:
    """The same for all channels that `pattern` means (`events:*`).

    `listening` is set while Redis really sends what is said.
    """
    return _follow(
        pattern, lambda link: link.psubscribe(pattern), heard, stopped, listening
    )


def _follow(
    name: str,
    subscribe: Callable[[PubSub], object],
    heard: Heard,
    stopped: threading.Event,
    listening: threading.Event,
) -> threading.Thread:
    # Held for the thread's life: a client that nobody holds takes its connections along.
    client = connection()

    def follow() -> None:
        while not stopped.is_set():
            try:
                subscription: PubSub = client.pubsub()  # type: ignore[no-untyped-call] # redis-py
                with subscription as link:
                    subscribe(link)
                    while not stopped.is_set():
                        said = link.get_message(timeout=1.0)
                        if said is not None and said["type"].endswith("subscribe"):
                            listening.set()
                        elif said is not None:
                            _tell(said, heard)
            except RedisError:
                listening.clear()
                stopped.wait(_RECONNECT_SECONDS)
            except Exception:
                # It must not end the thread: nobody would start it again.
                logger.exception("%s: cannot listen; trying again", name)
                stopped.wait(_RECONNECT_SECONDS)

    thread = threading.Thread(target=follow, name=f"listen {name}", daemon=True)
    thread.start()
    return thread


def _tell(said: dict[str, Any], heard: Heard) -> None:
    channel = said["channel"].decode(errors="replace")
    try:
        heard(channel, said["data"])
    except Exception:
        logger.exception("%s: what was heard could not be followed", channel)

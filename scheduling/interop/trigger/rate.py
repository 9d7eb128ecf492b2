"""How often one address may ask for one task: a sliding minute, counted in Redis for all processes.

A minute that slides is two that stand still: what is left of the one before, and this one. While
Redis does not answer, each process counts for itself.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections import OrderedDict
from functools import lru_cache

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

MOST_COUNTED = 10_000
"""Pairs of address and task that a process counts by itself; then the oldest are forgotten."""
_MINUTE = 60
_PATIENCE_SECONDS = 0.25
_AWAY_SECONDS = 5.0
"""A Redis that did not answer is not asked again for this long."""

# One step for all processes, by the clock of Redis: only what is let through is counted.
_COUNT = """
local now = redis.call('TIME')
local minute = math.floor(tonumber(now[1]) / 60)
local passed = (tonumber(now[1]) % 60 * 1000 + math.floor(tonumber(now[2]) / 1000)) / 60000
local held = redis.call('HMGET', KEYS[1], 'minute', 'count', 'before')
local last, count, before = tonumber(held[1]), tonumber(held[2]) or 0, tonumber(held[3]) or 0
if last == minute - 1 then before, count = count, 0 elseif last ~= minute then before, count = 0, 0 end
if before * (1 - passed) + count + 1 > tonumber(ARGV[1]) then
  return {0, count, before, math.floor(passed * 60000)}
end
redis.call('HSET', KEYS[1], 'minute', minute, 'count', count + 1, 'before', before)
redis.call('EXPIRE', KEYS[1], 120)
return {1, count, before, 0}
"""


class _Local:
    """The counts of this process, and until when Redis is left alone."""

    counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()
    lock = threading.Lock()
    redis_away_until = 0.0


def forget() -> None:
    """Count anew, and ask Redis again (for tests)."""
    _Local.counts.clear()
    _Local.redis_away_until = 0.0


def seconds_to_wait(address: str, task_id: str) -> int:
    """Count a request. Returns 0, or after how many seconds there may be another (uncounted)."""
    most = settings.SCHEDULING.trigger_rate_per_minute
    if not most:
        return 0
    pair = hashlib.sha256(f"{address}\0{task_id}".encode(errors="replace")).hexdigest()
    if time.monotonic() >= _Local.redis_away_until:
        try:
            return _shared(f"trigger-rate:{pair[:32]}", most)
        except RedisError as error:
            _Local.redis_away_until = time.monotonic() + _AWAY_SECONDS
            logger.warning("triggers are counted by each process alone: %s", error)
    return _own(pair, most, time.time())


def _shared(key: str, most: int) -> int:
    passes, count, before, passed = _client(settings.REDIS_URL).eval(_COUNT, 1, key, str(most))  # fmt: skip
    return 0 if passes else _wait(count, before, passed / 60_000, most)


def _own(pair: str, most: int, now: float) -> int:
    minute, passed = int(now // _MINUTE), now % _MINUTE / _MINUTE
    with _Local.lock:
        last, count, before = _Local.counts.get(pair, (minute, 0, 0))
        if last != minute:
            count, before = 0, count if last == minute - 1 else 0
        if before * (1 - passed) + count + 1 > most:
            return _wait(count, before, passed, most)
        _Local.counts[pair] = (minute, count + 1, before)
        _Local.counts.move_to_end(pair)
        while len(_Local.counts) > MOST_COUNTED:
            _Local.counts.popitem(last=False)
    return 0


def _wait(count: int, before: int, passed: float, most: int) -> int:
    """Seconds until `before` weighs so little that there is room for one more."""
    if count < most:
        fraction = 1 - (most - 1 - count) / before - passed
    else:  # in the next minute, when this one is the one before
        fraction = 1 - passed + 1 - (most - 1) / count
    return max(math.ceil(fraction * _MINUTE), 1)


@lru_cache(maxsize=1)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_connect_timeout=_PATIENCE_SECONDS,
        socket_timeout=_PATIENCE_SECONDS,
        retry=None,
    )

"""This process's one worker, started on first use."""

from __future__ import annotations

import gc
import threading
from functools import cache

from scheduling.runner import Worker

_starting = threading.Lock()

#: Objects that come to be before Python looks for cycles among the young ones, and such looks
#: before it looks at the older ones. Runs that wait hold a million objects, none of them garbage:
#: with Python's own 700 it spends a quarter of a run's CPU time on looking at them.
_COLLECT_AFTER = (10_000, 10, 10)


@cache
def _worker() -> Worker:
    gc.set_threshold(*_COLLECT_AFTER)
    return Worker()


def worker() -> Worker:
    """This process's worker, started on first use."""
    with _starting:  # a cache alone lets two threads start one each
        return _worker()


def stop_worker() -> None:
    """Drain this process's worker, if it has one."""
    if _worker.cache_info().currsize:
        _worker().stop()


def close_worker() -> None:
    """Release what this process's worker holds, if it has one."""
    if _worker.cache_info().currsize:
        _worker().close()
        _worker.cache_clear()

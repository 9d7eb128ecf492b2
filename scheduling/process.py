"""This process's one worker, started on first use."""

from __future__ import annotations

import threading
from functools import cache

from scheduling.runner import Worker

_starting = threading.Lock()


@cache
def _worker() -> Worker:
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

"""Work done in threads that have database connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread with a connection of its own. Returns its result."""
    return at_once(work, 1)[0]


def at_once(work: Callable[[], T], threads: int) -> list[T]:
    """Run `work` in this many threads that start together. Returns their results."""
    start = threading.Barrier(threads)

    def run() -> T:
        start.wait(timeout=30)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(run) for _ in range(threads)]
        return [each.result(timeout=60) for each in running]

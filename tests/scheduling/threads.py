"""Work in threads with connections of their own, and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection

from scheduling.models import Run


def in_thread(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Start `work` in a thread with a database connection of its own, closed afterwards."""

    def with_connection() -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(with_connection)
    pool.shutdown(wait=False)
    return future


def await_true(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> None:
    """Wait until `condition()`; fail naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s in vain: {what}"
        time.sleep(0.005)


def await_status(run: Run, *statuses: str, seconds: float = 10.0) -> Run:
    """Wait until the run has one of the statuses; return it as the row stands."""

    def there() -> bool:
        run.refresh_from_db()
        return run.status in statuses

    await_true(there, f"run {run.status} to be {' or '.join(statuses)}", seconds)
    return run

"""What Python code is told of runs that have ended: `@on_task_complete`.

    from scheduling.completion import CompletedRun, on_task_complete

    @on_task_complete(task_id="morning-report", status="failed")
    def tell_the_desk(run: CompletedRun) -> None: ...

Modules that register callbacks are named in SCHEDULING_COMPLETION_MODULES. They are called in the
process that ended the run, after its commit, at most once: by threads of their own, so that
whatever they do or raise, the run has ended as it has.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from importlib import import_module
from typing import Any, overload

from django.conf import settings
from django.db import close_old_connections, connections, transaction

from scheduling.models import Run

logger = logging.getLogger(__name__)

#: How runs end of which callbacks are told; a slot that was skipped is no run that ended.
STATUSES = (Run.Status.SUCCEEDED, Run.Status.FAILED, Run.Status.CANCELLED)
#: Ends that wait for a thread; what comes on top is dropped, and logged.
MOST_WAITING = 1000
_THREADS = 4
#: A callback that took longer is named in the log.
_SLOW_SECONDS = 10.0
#: Seconds that a stopping process waits for the callbacks of what has ended.
_FAREWELL_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class CompletedRun:
    """A run as it ended. `approval` is `waiting` while a person has still to approve its output."""

    run_id: uuid.UUID
    task_id: str
    task_name: str
    user_id: str
    trigger: str
    #: succeeded, failed or cancelled.
    status: str
    output: str
    output_type: str
    #: The typed output, if there is one.
    data: Any
    error: str
    failure_reason: str
    approval: str
    metadata: dict[str, Any]
    attempt: int
    input_tokens: int
    output_tokens: int
    #: In US dollars; None when it is not known.
    cost: Decimal | None
    scheduled_for: datetime | None
    created_at: datetime
    #: None for a run that was cancelled before it began.
    started_at: datetime | None
    finished_at: datetime | None


Callback = Callable[[CompletedRun], object]


@dataclass(frozen=True)
class _Listener:
    callback: Callback
    task_ids: frozenset[str]
    statuses: frozenset[str]

    def hears(self, run: CompletedRun) -> bool:
        return (not self.task_ids or run.task_id in self.task_ids) and (
            run.status in self.statuses
        )


_listeners: list[_Listener] = []


@overload
def on_task_complete(callback: Callback, /) -> Callback: ...
@overload
def on_task_complete(
    *, task_id: str | Iterable[str] = (), status: str | Iterable[str] = ()
) -> Callable[[Callback], Callback]: ...
def on_task_complete(
    callback: Any = None,
    /,
    *,
    task_id: str | Iterable[str] = (),
    status: str | Iterable[str] = (),
) -> Any:
    """Call the decorated function with each run that has ended, or with those of a task or status.

    Both take one or several. Raises `ValueError` for a status that no run ends with.
    """
    statuses = _several(status) or frozenset(STATUSES)
    if unknown := sorted(statuses.difference(STATUSES)):
        known = ", ".join(STATUSES)
        raise ValueError(f"status: no run ends as {unknown[0]!r}; known are {known}")

    def register(function: Callback) -> Callback:
        _listeners.append(_Listener(function, _several(task_id), frozenset(statuses)))
        return function

    return register if callback is None else register(callback)


def _several(one_or_more: str | Iterable[str]) -> frozenset[str]:
    return frozenset([one_or_more] if isinstance(one_or_more, str) else one_or_more)


@cache
def load() -> None:
    """Import the modules that the settings name, once; one that cannot be imported is logged."""
    for name in settings.SCHEDULING.completion_modules:
        try:
            import_module(name)
        except (Exception, SystemExit):
            logger.exception(
                "SCHEDULING_COMPLETION_MODULES: %s cannot be imported", name
            )


def tell_completed(runs: Iterable[Run]) -> None:
    """Tell the callbacks, after the commit, of those of `runs` that are final now; no query.

    Replies in chat sessions are left out, as in everything that tells of reports.
    """
    if _listeners or settings.SCHEDULING.completion_modules:
        for run in runs:
            if run.status in STATUSES and not run.is_reply:
                tell = partial(_caller().put, _completed(run))
                transaction.on_commit(tell, robust=True)


def _completed(run: Run) -> CompletedRun:
    return CompletedRun(
        run_id=run.id,
        task_id=run.task_ref,
        task_name=run.task_name,
        user_id=run.user_id,
        trigger=str(run.trigger),
        status=str(run.status),
        output=run.output,
        output_type=run.output_type,
        data=run.output_data,
        error=run.error,
        failure_reason=str(run.failure_reason),
        approval=run.approval,
        metadata=dict(run.metadata),
        attempt=run.attempt,
        input_tokens=run.input_tokens,
        output_tokens=run.output_tokens,
        cost=run.cost,
        scheduled_for=run.scheduled_for,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
    )


class _Caller:
    """Calls the callbacks, in threads that no run and no end of the process waits for."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[CompletedRun] = queue.Queue(MOST_WAITING)
        #: By thread, the callback that it calls and since when.
        self._busy: dict[int, tuple[str, float]] = {}
        for number in range(_THREADS):
            name = f"completion-{number}"
            threading.Thread(
                target=self._work, args=[number], name=name, daemon=True
            ).start()

    def put(self, run: CompletedRun) -> None:
        try:
            self._waiting.put_nowait(run)
        except queue.Full:
            busy = ", ".join(f"{name} for {time.monotonic() - since:.0f} s" for name, since in list(self._busy.values()))  # fmt: skip
            logger.error("nobody is told that run %s has ended, %d wait already; busy: %s", run.run_id, MOST_WAITING, busy)  # fmt: skip

    def wait_idle(self, seconds: float) -> bool:
        """Wait until everything was told; False when the time did not suffice."""
        done = self._waiting.all_tasks_done
        with done:
            return done.wait_for(lambda: not self._waiting.unfinished_tasks, seconds)

    def _work(self, number: int) -> None:
        while True:
            run = self._waiting.get()
            load()  # here, because an import may take seconds
            for each in _listeners.copy():
                if each.hears(run):
                    self._busy[number] = _name(each.callback), time.monotonic()
                    _call(each.callback, run)
                    name, since = self._busy.pop(number)
                    if (took := time.monotonic() - since) > _SLOW_SECONDS:
                        logger.warning("%s took %.0f s for run %s", name, took, run.run_id)  # fmt: skip
            if self._waiting.empty():
                connections.close_all()  # who knows when the next run ends
            self._waiting.task_done()


@cache
def _started() -> _Caller:
    return _Caller()


_starting = threading.Lock()


def _caller() -> _Caller:
    with _starting:  # a cache alone lets two threads start one each
        return _started()


def wait_idle(seconds: float = _FAREWELL_SECONDS) -> bool:
    """Wait until every callback has been called; False when the time did not suffice."""
    return not _started.cache_info().currsize or _started().wait_idle(seconds)


def _call(callback: Callback, run: CompletedRun) -> None:
    try:
        close_old_connections()
        answer = callback(run)
        if inspect.iscoroutine(answer):
            asyncio.run(answer)
    except (Exception, SystemExit):
        logger.exception("%s, told of run %s", _name(callback), run.run_id)


def _name(callback: Callback) -> str:
    name = getattr(callback, "__qualname__", type(callback).__name__)
    return f"{getattr(callback, '__module__', '?')}.{name}"

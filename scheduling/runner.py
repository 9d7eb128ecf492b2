"""The engine: claim -> prompt -> agent -> finish. Read this file first.

One `Worker` per process. A Celery task brings a chunk of run ids in a thread of its own; the
runs themselves are coroutines on the process's one event loop, so that hundreds of model calls
wait at the price of one. A run ends in exactly one of these ways:

    the agent returned      succeeded
    the agent raised        failed, or queued again when trying again can help
    its deadline passed     failed (timeout); the coroutine is stopped, or given up if it will not
    somebody cancelled it   cancelled
    the worker is stopping  given back to the queue by `Worker.stop`; the try does not count
    its lease was lost      nothing is written: it belongs to another worker
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections
from django.utils import timezone

from notifications.backoff import MAX_RETRY_AFTER, run_delay
from scheduling import lifecycle
from scheduling.agents import (
    get_backend,
    opened_backend,
    opened_backends,
    parse_options,
)
from scheduling.agents.base import AgentError, AgentRequest, AgentResult, Usage
from scheduling.assembly import prepare
from scheduling.capacity import Capacity
from scheduling.context import RunContext
from scheduling.doorbell import ring
from scheduling.finisher import Finisher
from scheduling.heartbeat import Heartbeat
from scheduling.lifecycle import Outcome
from scheduling.models import Run
from signals.sanitise import cap_text, clean_json, clean_text

logger = logging.getLogger(__name__)

#: Seconds that a stopped agent has to clean up before it is given up.
_STOP_GRACE = 2.0
#: Seconds that one round of giving runs back waits for them to end.
_ROUND = 0.2
_ERROR_CHARS = 10_000


class Stop(StrEnum):
    """Why a run is ended before its agent has answered."""

    CANCELLED = "cancelled"
    DRAINED = "drained"
    FENCED = "fenced"
    TIMEOUT = "timeout"


@dataclass(frozen=True, kw_only=True)
class Active:
    """A run on the loop."""

    run: Run
    token: uuid.UUID
    stop: asyncio.Future[Stop]


class Worker:
    """Runs the runs of one process."""

    def __init__(self) -> None:
        conf = settings.SCHEDULING
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._capacity = Capacity(conf.worker_capacity)
        self._active: dict[uuid.UUID, Active] = {}
        self._stopping = threading.Event()
        self._finisher = Finisher()
        self._loop = asyncio.new_event_loop()
        # A daemon: an agent that will not stop must not keep the process from ending.
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="agents", daemon=True
        )
        self._thread.start()
        self._context = RunContext()
        self._heartbeat = Heartbeat(
            seconds=conf.heartbeat_seconds,
            loop=self._loop,
            leases=self.leases,
            cancelled=lambda run_id, token: self.end(run_id, token, Stop.CANCELLED),
            lost=lambda run_id, token: self.end(run_id, token, Stop.FENCED),
        )

    # -- the Celery thread's side

    def run_chunk(self, run_ids: Sequence[uuid.UUID]) -> None:
        """Claim these runs as room allows, start them, and stay until all have ended."""
        waiting, ends = list(run_ids), list[Future[None]]()
        try:
            while waiting and not self._stopping.is_set():
                room = self._capacity.take(len(waiting), self._stopping)
                batch, waiting = waiting[:room], waiting[room:]
                ends += self._start(batch)
        finally:
            wait(ends)
        ring(waiting)  # this worker is stopping: let another one have them

    def _start(self, run_ids: Collection[uuid.UUID]) -> list[Future[None]]:
        """Claim and start these runs; a place is taken for each, and given back where it is not."""
        claimed: list[Run] = []
        try:
            claimed = self._claim(run_ids) if run_ids else []
        finally:
            self._capacity.give(len(run_ids) - len(claimed))
        return [
            asyncio.run_coroutine_threadsafe(self._run(run), self._loop)
            for run in claimed
        ]

    def _claim(self, run_ids: Collection[uuid.UUID]) -> list[Run]:
        """Claim, and fill in the prompts. A run whose prompt cannot be made fails here."""
        close_old_connections()  # this thread may have waited for a place for long
        ready, broken = prepare(lifecycle.claim(run_ids, worker=self.name))
        for run, error in broken:
            self._finisher.put(_failed(run, error))
        return ready

    # -- the loop's side

    async def _run(self, run: Run) -> None:
        """Take one claimed run to its end. Never raises."""
        active = Active(run=run, token=_token(run), stop=self._loop.create_future())
        if older := self._active.get(run.id):
            _set(older.stop, Stop.FENCED)  # rescued while this process was stopped
        self._active[run.id] = active
        try:
            outcome = await self._try(active)
            if outcome is not None:
                await asyncio.wrap_future(self._finisher.put(outcome))
        except Exception:
            # Its lease ends and it is rescued; the chunk's other runs go on.
            logger.exception("run %s", run.id)
        finally:
            if self._active.get(run.id) is active:
                del self._active[run.id]
            self._capacity.give(1)

    async def _try(self, active: Active) -> Outcome | None:
        run = active.run
        task = asyncio.create_task(
            self._invoke(run), name=f"agent {run.agent_id} in run {run.id}"
        )
        await asyncio.wait(
            cast("set[asyncio.Future[Any]]", {task, active.stop}),
            timeout=run.deadline_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not task.done():
            _set(active.stop, Stop.TIMEOUT)
            await _end(task)
            return self._stopped(run, active.stop.result())
        active.stop.cancel()  # it has ended: nobody need stop it or give it back
        return _outcome(run, task)

    async def _invoke(self, run: Run) -> AgentResult:
        agent = run.agent
        if agent is None or run.task is None:
            raise AgentError("Its task or its agent was deleted.")
        backend = opened_backend(agent.backend)
        if backend is None:  # importing a provider's SDK takes seconds: not on the loop
            backend = await asyncio.to_thread(get_backend, agent.backend)
        request = AgentRequest(
            run_id=str(run.id),
            task_id=run.task_ref,
            task_name=run.task_name,
            user_id=run.user_id,
            attempt=run.attempt,
            scheduled_for=run.scheduled_for or run.created_at,
            system_prompt=run.system_prompt,
            input_message=run.input_message,
            options=parse_options(agent.backend, agent.options),
            credentials=agent.credentials,
            state=run.task.state,
            deadline_seconds=float(run.deadline_seconds),
            context=self._context,
        )
        try:
            return await backend.invoke(request)
        except (SystemExit, KeyboardInterrupt) as error:
            # Let through, it would end the event loop that all runs share.
            raise AgentError(f"The agent tried to end its worker: {error!r}") from error

    def _stopped(self, run: Run, why: Stop) -> Outcome | None:
        if why is Stop.TIMEOUT:
            text = f"The agent did not answer within its deadline of {run.deadline_seconds} s."
            return _failed(run, text, reason=Run.FailureReason.TIMEOUT)
        if why is Stop.CANCELLED:
            return Outcome(
                run_id=run.id,
                lease_token=_token(run),
                status=Run.Status.CANCELLED,
                error="Cancelled while it was running.",
            )
        return None  # drained: stop() gives it back; fenced: another worker has it

    # -- the heartbeat's and the signal handler's side

    def leases(self) -> dict[uuid.UUID, uuid.UUID]:
        """The runs under way, those whose end is being written too: id -> lease token."""
        return {run_id: active.token for run_id, active in list(self._active.items())}

    def end(self, run_id: uuid.UUID, token: uuid.UUID, why: Stop) -> None:
        """Stop a run from another thread; without effect when it has just ended."""
        active = self._active.get(run_id)
        if active is not None and active.token == token:
            self._loop.call_soon_threadsafe(_set, active.stop, why)

    def stop(self) -> None:
        """Claim no more, let runs finish for `drain_seconds`, give the rest back, and ring."""
        self._stopping.set()
        idle = self._capacity.wait_idle(settings.SCHEDULING.drain_seconds)
        until = time.monotonic() + 2 * _STOP_GRACE
        # In rounds: a run that was claimed a moment ago may still be on its way to the loop.
        while not idle and time.monotonic() < until:
            self._give_back()
            idle = self._capacity.wait_idle(_ROUND)

    def _give_back(self) -> None:
        leases = {
            run_id: active.token
            for run_id, active in list(self._active.items())
            if not active.stop.done()
        }
        for run_id, token in leases.items():
            self.end(run_id, token, Stop.DRAINED)
        if leases:
            try:
                returned = lifecycle.give_back(leases)
            except DatabaseTrouble as error:
                logger.error("%d runs are left to their rescue: %s", len(leases), error)
                return
            logger.info("gave back %d runs", len(returned))
            ring(returned)

    def close(self) -> None:
        """Release everything, after the last chunk has ended."""
        if self._loop.is_closed():
            return
        self._stopping.set()
        self._heartbeat.close()
        self._finisher.close()
        self._context.close()
        ending = asyncio.run_coroutine_threadsafe(_wind_up(), self._loop)
        if not wait([ending], timeout=2 * _STOP_GRACE).done or not ending.result():
            logger.error("an agent does not stop; its event loop is left behind")
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


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


async def _wind_up() -> bool:
    """Close the backends, and end whatever is still on the loop. False: something does not end."""
    for backend in opened_backends():
        try:
            await backend.close()
        except Exception:
            logger.exception("%s does not close", type(backend).__name__)
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    pending = (await asyncio.wait(rest, timeout=_STOP_GRACE / 2))[1] if rest else rest
    return not pending


def _set(future: asyncio.Future[Stop], why: Stop) -> None:
    if not future.done():
        future.set_result(why)


async def _end(task: asyncio.Task[AgentResult]) -> None:
    """Cancel an agent; one that swallows the cancel is given up, and named."""
    task.cancel()
    task.add_done_callback(_forget)
    await asyncio.wait({task}, timeout=_STOP_GRACE)
    if not task.done():
        logger.error("%s does not stop; it is given up", task.get_name())


def _forget(task: asyncio.Task[AgentResult]) -> None:
    """Look at how a stopped agent ended, or asyncio complains that nobody did."""
    if not task.cancelled():
        task.exception()


def _token(run: Run) -> uuid.UUID:
    if run.lease_token is None:
        raise ValueError(f"run {run.id} has no lease")
    return run.lease_token


def _outcome(run: Run, task: asyncio.Task[AgentResult]) -> Outcome:
    """What an agent that has ended comes to."""
    if task.cancelled():
        return _failed(run, "The agent cancelled itself.")
    error = task.exception()
    if error is None:
        return _answered(run, task.result())
    if isinstance(error, AgentError):
        if error.retryable and run.attempt < run.max_attempts:
            return _again(run, error)
        return _failed(run, str(error), reason=error.failure_reason, error=error)
    return _failed(run, _words(error), error=error)


def _answered(run: Run, result: AgentResult) -> Outcome:
    try:
        return _succeeded(run, result)
    except Exception as error:  # noqa: BLE001 -- an agent may return anything at all
        text = f"The agent's answer cannot be read: {_words(error)}"
        reason = Run.FailureReason.INVALID_OUTPUT
        return _failed(run, text, reason=reason, error=error)


def _words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 -- a foreign __str__ may raise anything
        return type(error).__name__


def _succeeded(run: Run, result: AgentResult) -> Outcome:
    output, truncated = cap_text(
        clean_text(result.output), settings.SCHEDULING.max_output_chars
    )
    metadata = clean_json(dict(result.metadata))
    state = None if result.state is None else clean_json(dict(result.state))
    return Outcome(
        run_id=run.id,
        lease_token=_token(run),
        status=Run.Status.SUCCEEDED,
        output=output,
        output_type=clean_text(result.output_type)[:50],
        output_data=clean_json(result.data),
        output_truncated=truncated,
        metadata=metadata if isinstance(metadata, dict) else {},
        usage=result.usage,
        state=state if isinstance(state, dict) else None,
    )


def _again(run: Run, error: AgentError) -> Outcome:
    asked = min(error.retry_after or 0, MAX_RETRY_AFTER)
    pause = max(run_delay(run.attempt, jitter=random.random), asked)
    return Outcome(
        run_id=run.id,
        lease_token=_token(run),
        status=Run.Status.QUEUED,
        error=cap_text(clean_text(f"Try {run.attempt}: {error}"), _ERROR_CHARS)[0],
        next_attempt_at=timezone.now() + timedelta(seconds=pause),
        usage=_spent(error),
    )


def _spent(error: BaseException | None) -> Usage:
    """What a failed try has cost all the same."""
    return (error.usage if isinstance(error, AgentError) else None) or Usage()


def _failed(
    run: Run,
    text: str,
    *,
    reason: str = Run.FailureReason.ERROR,
    error: BaseException | None = None,
) -> Outcome:
    trace = "".join(traceback.format_exception(error)) if error else ""
    return Outcome(
        run_id=run.id,
        lease_token=_token(run),
        status=Run.Status.FAILED,
        failure_reason=reason,
        error=cap_text(clean_text(text), _ERROR_CHARS)[0],
        error_trace=clean_text(trace)[-20_000:],
        usage=_spent(error),
    )

"""The engine: claim -> prompt -> agent -> finish. Read this file first.

One `Worker` per process. A Celery task brings a chunk of run ids in a thread of its own; the
runs themselves are coroutines on the process's one event loop, so that hundreds of model calls
wait at the price of one. A run ends in exactly one of these ways:

    the agent returned      succeeded
    the agent raised        failed, or queued again when trying again can help
    its deadline passed     failed (timeout); the coroutine is stopped, or given up if it will not
    somebody cancelled it   cancelled
    the worker is stopping  given back to the queue; the try does not count
    its lease was lost      nothing is written: it belongs to another worker
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import threading
import traceback
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal
from django.conf import settings
from django.utils import timezone

from notifications.backoff import run_delay
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
        # The context manager is kept: collected, it would close the loop.
        self._portal_manager = start_blocking_portal("asyncio")
        self._portal: BlockingPortal = self._portal_manager.__enter__()
        self._loop = self._portal.call(_running_loop)
        self._context = RunContext()
        self._heartbeat = Heartbeat(
            seconds=conf.heartbeat_seconds,
            loop=self._loop,
            leases=self.leases,
            cancelled=lambda run_id: self.end(run_id, Stop.CANCELLED),
            lost=lambda run_id: self.end(run_id, Stop.FENCED),
        )

    # -- the Celery thread's side

    def run_chunk(self, run_ids: Sequence[uuid.UUID]) -> None:
        """Claim these runs as room allows, start them, and stay until all have ended."""
        waiting, ends = list(run_ids), list[Future[None]]()
        while waiting and not self._stopping.is_set():
            room = self._capacity.take(len(waiting), self._stopping)
            batch, waiting = waiting[:room], waiting[room:]
            claimed = self._claim(batch)
            self._capacity.give(room - len(claimed))
            ends += [self._portal.start_task_soon(self._run, run) for run in claimed]
        for end in ends:
            end.result()

    def _claim(self, run_ids: Collection[uuid.UUID]) -> list[Run]:
        """Claim, and fill in the prompts. A run whose prompt cannot be made fails here."""
        claimed = lifecycle.claim(run_ids, worker=self.name) if run_ids else []
        ready, broken = prepare(claimed)
        for run, error in broken:
            self._finisher.put(_failed(run, error))
        return ready

    # -- the loop's side

    async def _run(self, run: Run) -> None:
        """Take one claimed run to its end. Never raises."""
        try:
            outcome = await self._try(run)
            if outcome is not None:
                await asyncio.wrap_future(self._finisher.put(outcome))
        except BaseException:
            # The lease ends and the run is rescued; the chunk's other runs go on.
            logger.exception("run %s", run.id)
            raise
        finally:
            self._active.pop(run.id, None)
            self._capacity.give(1)

    async def _try(self, run: Run) -> Outcome | None:
        active = Active(
            run=run, token=_token(run), stop=asyncio.get_running_loop().create_future()
        )
        self._active[run.id] = active
        if self._stopping.is_set():
            active.stop.set_result(Stop.DRAINED)
        task = asyncio.create_task(
            self._invoke(run), name=f"agent {run.agent_id} in run {run.id}"
        )
        await asyncio.wait(
            cast("set[asyncio.Future[Any]]", {task, active.stop}),
            timeout=run.deadline_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not task.done():
            why = active.stop.result() if active.stop.done() else Stop.TIMEOUT
            await _end(task)
            return self._stopped(run, why)
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
        return await backend.invoke(request)

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
        """The runs under way: id -> lease token."""
        return {run_id: active.token for run_id, active in list(self._active.items())}

    def end(self, run_id: uuid.UUID, why: Stop) -> None:
        """Stop a run from another thread; without effect when it has just ended."""
        active = self._active.get(run_id)
        if active is not None:
            self._loop.call_soon_threadsafe(_set, active.stop, why)

    def stop(self) -> None:
        """Claim no more, let runs finish for `drain_seconds`, give the rest back, and ring."""
        self._stopping.set()
        if not self._capacity.wait_idle(settings.SCHEDULING.drain_seconds):
            leases = self.leases()
            for run_id in leases:
                self.end(run_id, Stop.DRAINED)
            returned = lifecycle.give_back(leases)
            logger.info("gave back %d runs", len(returned))
            ring(returned)

    def close(self) -> None:
        """Release everything; called once, after the last chunk has ended."""
        self._stopping.set()
        self._heartbeat.close()
        self._finisher.close()
        self._portal.call(_close_backends)
        self._context.close()
        self._portal_manager.__exit__(None, None, None)


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


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


async def _close_backends() -> None:
    for backend in opened_backends():
        await backend.close()


def _set(future: asyncio.Future[Stop], why: Stop) -> None:
    if not future.done():
        future.set_result(why)


async def _end(task: asyncio.Task[AgentResult]) -> None:
    """Cancel an agent; one that swallows the cancel is given up, and named."""
    task.cancel()
    await asyncio.wait({task}, timeout=_STOP_GRACE)
    if not task.done():
        logger.error("%s does not stop; it is given up", task.get_name())


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
        return _succeeded(run, task.result())
    if isinstance(error, AgentError):
        if error.retryable and run.attempt < run.max_attempts:
            return _again(run, error)
        return _failed(run, str(error), reason=error.failure_reason, error=error)
    return _failed(run, f"{type(error).__name__}: {error}", error=error)


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
    wait = max(run_delay(run.attempt, jitter=random.random), error.retry_after or 0)
    return Outcome(
        run_id=run.id,
        lease_token=_token(run),
        status=Run.Status.QUEUED,
        error=clean_text(f"Try {run.attempt}: {error}"),
        next_attempt_at=timezone.now() + timedelta(seconds=wait),
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
        error=cap_text(clean_text(text), 10_000)[0],
        error_trace=clean_text(trace)[-20_000:],
        usage=_spent(error),
    )

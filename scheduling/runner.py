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
import socket
import threading
import time
import uuid
from collections.abc import Collection, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections, connection

from scheduling import lifecycle
from scheduling.agents import (
    get_backend,
    opened_backend,
    opened_backends,
)
from scheduling.agents.base import AgentError, AgentResult
from scheduling.assembly import Prepared, prepare
from scheduling.capacity import Capacity
from scheduling.context import RunContext
from scheduling.doorbell import ring
from scheduling.finisher import Finisher
from scheduling.heartbeat import Heartbeat
from scheduling.invocation import Loan, build_request
from scheduling.models import Run
from scheduling.outcome import Outcome
from scheduling.outcomes import (
    Stop,
    failed,
    is_large,
    outcome_of,
    stopped,
    token_of,
    with_steps,
)
from scheduling.recording import RunRecorder
from scheduling.steps import Steps

logger = logging.getLogger(__name__)

#: Seconds that a stopped agent has to clean up before it is given up.
_STOP_GRACE = 2.0
#: Seconds that one round of giving runs back waits for them to end.
_ROUND = 0.2
#: Seconds for which a waiting thread keeps its database connection.
_SHORT_WAIT = 2.0


@dataclass(frozen=True, kw_only=True)
class Active:
    """A run on the loop."""

    run: Run
    token: uuid.UUID
    stop: asyncio.Future[Stop]
    loan: Loan
    recorder: RunRecorder


def _wait(ends: Collection[Future[None]]) -> None:
    """Wait for all; a long wait holds no database connection, of which there are few."""
    if wait(ends, timeout=_SHORT_WAIT).not_done:
        connection.close()
        wait(ends)


class Worker:
    """Runs the runs of one process."""

    def __init__(self) -> None:
        conf = settings.SCHEDULING
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._capacity = Capacity(conf.worker_capacity)
        self._active: dict[uuid.UUID, Active] = {}
        self._stopping = threading.Event()
        self._finisher = Finisher()
        self._steps = Steps()
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
            _wait(ends)
        ring(waiting)  # this worker is stopping: let another one have them

    def _start(self, run_ids: Collection[uuid.UUID]) -> list[Future[None]]:
        """Claim and start these runs; a place is taken for each, and given back where it is not.

        A run whose prompt cannot be made fails here.
        """
        prepared = Prepared()
        try:
            if run_ids:
                close_old_connections()  # this thread may have waited for a place for long
                claimed = lifecycle.claim(run_ids, worker=self.name)
                try:
                    prepared = prepare(claimed)
                except Exception:
                    _return(claimed)
                    raise
        finally:
            self._capacity.give(len(run_ids) - len(prepared.ready))
        ends = [
            self._finisher.put(failed(run, error)) for run, error in prepared.broken
        ]
        return ends + [
            asyncio.run_coroutine_threadsafe(
                self._run(run, prepared.loans[run.id]), self._loop
            )
            for run in prepared.ready
        ]

    # -- the loop's side

    async def _run(self, run: Run, loan: Loan) -> None:
        """Take one claimed run to its end. Never raises."""
        stop: asyncio.Future[Stop] = self._loop.create_future()
        active = Active(
            run=run,
            token=token_of(run),
            stop=stop,
            loan=loan,
            recorder=self._steps.recorder(run),
        )
        if older := self._active.get(run.id):
            _set(older.stop, Stop.FENCED)  # rescued while this process was stopped
        self._active[run.id] = active
        try:
            outcome = await self._try(active)
            steps = active.recorder.conclude()
            if outcome is not None:
                outcome = with_steps(outcome, steps, active.recorder.spent)
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
            self._invoke(active), name=f"agent {run.agent_id} in run {run.id}"
        )
        await asyncio.wait(
            cast("set[asyncio.Future[Any]]", {task, active.stop}),
            timeout=run.deadline_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not task.done():
            _set(active.stop, Stop.TIMEOUT)
            await _end(task)
            return stopped(run, active.stop.result(), active.recorder.spent)
        active.stop.cancel()  # it has ended: nobody need stop it or give it back
        if is_large(task):  # cleaning it would keep all other runs waiting
            return await asyncio.to_thread(outcome_of, run, task)
        return outcome_of(run, task)

    async def _invoke(self, active: Active) -> AgentResult:
        run, agent = active.run, active.run.agent
        if agent is None:
            raise AgentError("Its agent was deleted.")
        backend = opened_backend(agent.backend)
        if backend is None:  # importing a provider's SDK takes seconds: not on the loop
            backend = await asyncio.to_thread(get_backend, agent.backend)
        request = build_request(
            run, active.loan, context=self._context, recorder=active.recorder
        )
        try:
            return await backend.invoke(request)
        except (SystemExit, KeyboardInterrupt) as error:
            # Let through, it would end the event loop that all runs share.
            raise AgentError(f"The agent tried to end its worker: {error!r}") from error

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
        self._steps.close()
        self._context.close()
        ending = asyncio.run_coroutine_threadsafe(_wind_up(), self._loop)
        if not wait([ending], timeout=2 * _STOP_GRACE).done or not ending.result():
            logger.error("an agent does not stop; its event loop is left behind")
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


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


def _return(claimed: Collection[Run]) -> None:
    """Give back what was claimed but cannot be started now; it is rung again in time."""
    try:
        lifecycle.give_back({run.id: token_of(run) for run in claimed})
    except DatabaseTrouble as error:
        logger.error("%d runs are left to their rescue: %s", len(claimed), error)


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

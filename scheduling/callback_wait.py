"""The worker's side of callbacks: one question a second for all runs that wait in this process."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping

from scheduling.callbacks import Answered

logger = logging.getLogger(__name__)

_POLL_SECONDS = 1.0

Ask = Callable[[Collection[uuid.UUID]], Awaitable[Mapping[uuid.UUID, Answered]]]


class CallbackWait:
    """Lives on the event loop. `ask` says which of some runs have been answered, and how."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: dict[uuid.UUID, asyncio.Future[Answered]] = {}
        self._poll: asyncio.Task[None] | None = None

    async def answer(self, run_id: uuid.UUID) -> Answered:
        """Wait until the agent of this run has answered; a cancelled wait leaves nothing."""
        future: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting[run_id] = future
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._follow(), name="callbacks")
        try:
            return await future
        finally:
            # Rescued and claimed by this very process, it waits a second time.
            if self._waiting.get(run_id) is future:
                del self._waiting[run_id]

    async def _follow(self) -> None:
        while self._waiting:
            try:
                answers = await self._ask(list(self._waiting))
            except Exception as error:  # noqa: BLE001 -- the runs that wait need it to go on
                logger.warning("callbacks cannot be read; trying again: %s", error)
                answers = {}
            for run_id, answer in answers.items():
                future = self._waiting.get(run_id)
                if future is not None and not future.done():
                    future.set_result(answer)
            await asyncio.sleep(_POLL_SECONDS)

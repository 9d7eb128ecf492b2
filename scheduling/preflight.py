"""Whether an agent could run now: looked at without running it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from django.db.models import F
from django.utils import timezone

from notifications.encryption import DecryptionError
from scheduling import blocking
from scheduling.agents import (
    UnknownBackend,
    backend_class,
    options_errors,
    parse_options,
)
from scheduling.agents.base import AgentBackend, Finding, Misconfigured, Options
from scheduling.blotting import blotted
from scheduling.context import RunContext
from scheduling.models import Agent

logger = logging.getLogger(__name__)

#: What one check takes at the longest.
SECONDS = 10.0
#: For one that hangs so that it cannot even be cancelled.
_GRACE = 1.0
#: Blocked agents that one pass of the housekeeping looks at, all at the same time.
_AT_ONCE = 20
_MIN_SECRET_CHARS = 6


class Look:
    """One look at an agent, begun when it is made; `findings` waits for the end.

    A thread and an event loop of its own: a backend that blocks holds nobody else up.
    """

    def __init__(self, agent: Agent, *, seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds + _GRACE
        self._seconds = seconds
        self._found = [_switched_on(agent)]
        self._asked: Future[list[Finding]] | None = None
        self._secrets: Mapping[str, str] = {}
        ready = self._set_up(agent)
        if ready is not None:
            self._asked = Future()
            threading.Thread(
                target=self._ask,
                args=(*ready, self._asked),
                name=f"preflight {agent.pk}",
                daemon=True,
            ).start()

    def findings(self) -> list[Finding]:
        """Return all that was found, the general things first; waits until it is known."""
        if self._asked is None:
            return self._found
        try:
            theirs = self._asked.result(max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            theirs = [_not_told(self._seconds)]
        return [*self._found, *theirs]

    def _set_up(self, agent: Agent) -> tuple[AgentBackend[Any], Options] | None:
        """Look at what needs no network; the backend with its options when that is well."""
        try:
            backend = backend_class(agent.backend)
            self._secrets = agent.credentials
        except UnknownBackend as error:
            self._fault("backend", str(error))
            return None
        except DecryptionError as error:
            self._fault("credentials", str(error))
            return None
        errors = options_errors(agent.backend, agent.options, self._secrets)
        for name, words in errors.items():
            self._fault(name, words if isinstance(words, str) else "; ".join(words))
        if errors:
            return None
        self._found.append(Finding(name="options", ok=True, words="The options fit."))
        return backend(), parse_options(agent.backend, agent.options)

    def _fault(self, name: str, words: str) -> None:
        self._found.append(Finding(name=name, ok=False, words=words))

    def _ask(
        self,
        backend: AgentBackend[Any],
        options: Options,
        asked: Future[list[Finding]],
    ) -> None:
        try:
            found = asyncio.run(self._told(backend, options))
            asked.set_result([self._clean(each) for each in found])
        except Exception as error:  # its `close`, or a finding that is none
            logger.exception("preflight of %s", type(backend).__name__)
            asked.set_result([_failed(error)])

    async def _told(
        self, backend: AgentBackend[Any], options: Options
    ) -> list[Finding]:
        context = RunContext()
        try:
            async with asyncio.timeout(self._seconds):
                return await backend.preflight(options, self._secrets, context)
        except TimeoutError:
            return [_not_told(self._seconds)]
        except Misconfigured as error:
            return [Finding(name="preflight", ok=False, words=str(error))]
        except Exception as error:
            logger.exception("preflight of %s", type(backend).__name__)
            return [_failed(error)]
        finally:
            await backend.close()
            context.close()

    def _clean(self, found: Finding) -> Finding:
        long_ones = [each for each in self._secrets.values() if len(each) >= _MIN_SECRET_CHARS]  # fmt: skip
        words = blotted(found.words, sorted(long_ones, key=len, reverse=True))
        return Finding(name=found.name, ok=found.ok, words=words, passing=found.passing)


def check(
    agent: Agent, *, asked: bool = True, seconds: float = SECONDS
) -> list[Finding]:
    """Look at `agent`, and block it or lift its block after what was found.

    Returns the findings; the agent could run now when all of them are well. `asked`: see
    `blocking.settle`. Not for a transaction: it may take `seconds`.
    """
    findings = Look(agent, seconds=seconds).findings()
    blocking.settle(agent, findings, timezone.now(), asked=asked)
    return findings


def check_blocked() -> None:
    """Look again at agents that are blocked, those first that were not looked at for longest."""
    oldest = F("checked_at").asc(nulls_first=True)
    blocked = Agent.objects.filter(blocked_at__isnull=False, active=True)
    looks = [(agent, Look(agent)) for agent in blocked.order_by(oldest)[:_AT_ONCE]]
    for agent, look in looks:
        blocking.settle(agent, look.findings(), timezone.now(), asked=False)


def _switched_on(agent: Agent) -> Finding:
    words = "It is switched on." if agent.active else "It is switched off."
    return Finding(name="active", ok=agent.active, words=words, passing=True)


def _failed(error: Exception) -> Finding:
    words = f"The check itself has failed: {type(error).__name__}."
    return Finding(name="preflight", ok=False, words=words, passing=True)


def _not_told(seconds: float) -> Finding:
    words = f"The check has not ended within {seconds:g} s."
    return Finding(name="preflight", ok=False, words=words, passing=True)

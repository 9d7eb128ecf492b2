"""Says what it was told, or misbehaves on purpose: for tests and benchmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import anyio
from pydantic import Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentError,
    AgentRequest,
    AgentResult,
    AgentTimeout,
    BudgetExceeded,
    InvalidOutput,
    Options,
)

Failure = Literal[
    "",
    "error",
    "retryable",
    "timeout",
    "invalid_output",
    "budget",
    "crash",
    "hang",
    "hang_swallow",
]


class EchoOptions(Options):
    """How the echo behaves."""

    delay_seconds: float = Field(
        title=_("Delay in seconds"),
        default=0,
        ge=0,
        le=86_400,
        description=_("Waits this long before it answers."),
    )
    reply: str | None = Field(
        title=_("Reply"),
        default=None,
        description=_("The answer; empty means the input message itself."),
    )
    output_type: str = Field(
        title=_("Output type"),
        default="text",
        min_length=1,
        max_length=50,
        description=_("Type of the output."),
    )
    metadata: dict[str, Any] = Field(
        title=_("Metadata"),
        default_factory=dict,
        description=_("Returned as the run's metadata."),
    )
    stamp: bool = Field(
        title=_("Stamp"),
        default=False,
        description=_(
            "Puts the instant of its first line into the metadata (Unix seconds)."
        ),
    )
    block: bool = Field(
        title=_("Block"),
        default=False,
        description=_("Waits with the event loop blocked, as a faulty agent would."),
    )
    fail: Failure = Field(
        title=_("Fail"), default="", description=_("How it fails; empty: it does not.")
    )
    fail_times: int | None = Field(
        title=_("Fail times"),
        default=None,
        ge=0,
        description=_("Fails only in this many first attempts; empty: in all of them."),
    )
    retry_after_seconds: float | None = Field(
        title=_("Retry after seconds"),
        default=None,
        ge=0,
        description=_("What a `retryable` failure asks for."),
    )


class Crash(RuntimeError):
    """Not an `AgentError`: what a bug in a backend looks like from outside."""


class EchoBackend(AgentBackend[EchoOptions]):
    """Returns its input. Needs no key and no network."""

    label = "Echo (tests and benchmarks)"
    options_class = EchoOptions

    @classmethod
    def converses(cls, options: Mapping[str, Any]) -> bool:
        """See `AgentBackend.converses`."""
        return True

    async def invoke(self, request: AgentRequest[EchoOptions]) -> AgentResult:
        """Wait, then fail or answer. Raises what `fail` asks for."""
        options, started = request.options, time.time()
        fails = bool(options.fail) and (
            options.fail_times is None or request.attempt <= options.fail_times
        )
        if fails and options.fail == "hang":
            await anyio.sleep_forever()
        elif fails and options.fail == "hang_swallow":
            await _sleep_through_cancellation(options.delay_seconds)
        elif options.block:
            time.sleep(options.delay_seconds)
        else:
            await anyio.sleep(options.delay_seconds)
        if fails and options.fail in _FAILURES:
            raise _FAILURES[options.fail](options)
        reply = request.input_message if options.reply is None else options.reply
        metadata = options.metadata
        if options.stamp:
            metadata = {**metadata, "started": started}
        return AgentResult(
            output=reply, output_type=options.output_type, metadata=metadata
        )


_FAILURES: dict[str, Callable[[EchoOptions], Exception]] = {
    "error": lambda options: AgentError("echo was told to fail"),
    "retryable": lambda options: AgentError(
        "echo was told to fail for now",
        retryable=True,
        retry_after=options.retry_after_seconds,
    ),
    "timeout": lambda options: AgentTimeout("echo was told to time out"),
    "invalid_output": lambda options: InvalidOutput("echo was told to answer badly"),
    "budget": lambda options: BudgetExceeded("echo was told to overspend"),
    "crash": lambda options: Crash("echo was told to crash"),
}


async def _sleep_through_cancellation(seconds: float) -> None:
    """Wait `seconds` whatever the caller wants: an agent that will not be stopped."""
    end = anyio.current_time() + seconds
    while (left := end - anyio.current_time()) > 0:
        try:
            await anyio.sleep(left)
        except anyio.get_cancelled_exc_class():  # the fault that this stands for
            continue

"""What one try of a run comes to: the agent's answer or error as a storable `Outcome`."""

from __future__ import annotations

import asyncio
import random
import traceback
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from notifications.backoff import MAX_RETRY_AFTER, run_delay
from scheduling.agents.base import AgentError, AgentResult, Misconfigured, Usage
from scheduling.blotting import blotted, secrets_of
from scheduling.memory_text import take_out
from scheduling.models import Run
from scheduling.outcome import Outcome
from scheduling.recording import Record
from signals.sanitise import cap_text, clean_json, clean_text

_ERROR_CHARS = 10_000
_TRACE_CHARS = 20_000
#: About a millisecond's cleaning: more than this is not for the event loop.
_LARGE_CHARS = 64 * 1024
#: What a value that is no text weighs against `_LARGE_CHARS`.
_VALUE_CHARS = 32


class Stop(StrEnum):
    """Why a run is ended before its agent has answered."""

    CANCELLED = "cancelled"
    DRAINED = "drained"
    FENCED = "fenced"
    TIMEOUT = "timeout"


def token_of(run: Run) -> uuid.UUID:
    if run.lease_token is None:
        raise ValueError(f"run {run.id} has no lease")
    return run.lease_token


def is_large(task: asyncio.Task[AgentResult]) -> bool:
    """Whether `outcome_of` for this ended task takes long enough for a thread of its own."""
    if task.cancelled() or task.exception() is not None:
        return False
    result: object = task.result()  # whatever the agent returned
    if not isinstance(result, AgentResult):
        return False
    room = _LARGE_CHARS
    stack: list[object] = [result.output, result.data, result.metadata, result.state]
    while stack and room > 0:
        value = stack.pop()
        if isinstance(value, str | bytes):
            room -= len(value)
        elif isinstance(value, dict | list | tuple | set | frozenset):
            room -= _VALUE_CHARS * len(value)
            if room > 0:  # a container of a million entries is not even copied
                stack.extend(value)
                stack.extend(value.values() if isinstance(value, dict) else ())
        elif isinstance(value, Mapping):
            return True  # a stranger: who knows what it takes to read it
    return room <= 0


def outcome_of(run: Run, task: asyncio.Task[AgentResult]) -> Outcome:
    """What an agent that has ended comes to."""
    if task.cancelled():
        return failed(run, "The agent cancelled itself.")
    error = task.exception()
    if error is None:
        return _answered(run, task.result())
    if isinstance(error, AgentError):
        if error.retryable and run.attempt < run.max_attempts:
            return _again(run, error)
        ended = failed(run, str(error), reason=error.failure_reason, error=error)
        if isinstance(error, Misconfigured):
            return replace(ended, blocked=ended.error)
        return ended
    return failed(run, _words(error), error=error)


def stopped(run: Run, why: Stop, spent: Usage) -> Outcome | None:
    """What a run that was stopped comes to; `None`: it is not this worker's to end.

    A drained one is given back by `Worker.stop`, a fenced one belongs to another worker.
    `spent` is what it took until then.
    """
    if why is Stop.TIMEOUT:
        text = (
            f"The agent did not answer within its deadline of {run.deadline_seconds} s."
        )
        return replace(failed(run, text, reason=Run.FailureReason.TIMEOUT), usage=spent)
    if why is Stop.CANCELLED:
        return Outcome(
            run_id=run.id,
            lease_token=token_of(run),
            status=Run.Status.CANCELLED,
            error="Cancelled while it was running.",
            usage=spent,
        )
    return None


def with_steps(outcome: Outcome, steps: Sequence[Record], spent: Usage) -> Outcome:
    """Add what a try did on its way; a try that did not say what it took, took `spent`."""
    if outcome.usage == Usage():
        outcome = replace(outcome, usage=spent)
    return replace(outcome, steps=steps) if steps else outcome


def _answered(run: Run, result: AgentResult) -> Outcome:
    try:
        return _succeeded(run, result)
    except Exception as error:  # noqa: BLE001 -- an agent may return anything at all
        text = f"The agent's answer cannot be read: {_words(error)}"
        reason = Run.FailureReason.INVALID_OUTPUT
        return failed(run, text, reason=reason, error=error)


def _words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 -- a foreign __str__ may raise anything
        return type(error).__name__


def _succeeded(run: Run, result: AgentResult) -> Outcome:
    answer, noted = _noted(run, clean_text(result.output))
    output, truncated = cap_text(answer, settings.SCHEDULING.max_output_chars)
    metadata = clean_json(dict(result.metadata))
    state = None if result.state is None else clean_json(dict(result.state))
    return Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status.SUCCEEDED,
        output=output,
        output_type=clean_text(result.output_type)[:50],
        output_data=clean_json(result.data),
        output_truncated=truncated,
        metadata=metadata if isinstance(metadata, dict) else {},
        usage=result.usage,
        state=state if isinstance(state, dict) else None,
        memory=noted if result.memory is None else clean_text(result.memory),
    )


def _noted(run: Run, answer: str) -> tuple[str, str | None]:
    """Take what it wants to remember out of an answer, where its task lets it remember."""
    if run.task is None or not run.task.include_memory:
        return answer, None
    return take_out(answer)


def _again(run: Run, error: AgentError) -> Outcome:
    asked = min(error.retry_after or 0, MAX_RETRY_AFTER)
    pause = max(run_delay(run.attempt, jitter=random.random), asked)
    return Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status.QUEUED,
        error=_storable(run, f"Try {run.attempt}: {error}"),
        next_attempt_at=timezone.now() + timedelta(seconds=pause),
        usage=_spent(error),
    )


def _spent(error: BaseException | None) -> Usage:
    """What a failed try has cost all the same."""
    return (error.usage if isinstance(error, AgentError) else None) or Usage()


def failed(
    run: Run,
    text: str,
    *,
    reason: str = Run.FailureReason.ERROR,
    error: BaseException | None = None,
) -> Outcome:
    trace = "".join(traceback.format_exception(error)) if error else ""
    return Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status.FAILED,
        failure_reason=reason,
        error=_storable(run, text),
        error_trace=_blotted(run, clean_text(trace))[-_TRACE_CHARS:],
        usage=_spent(error),
    )


def _storable(run: Run, text: str) -> str:
    return cap_text(_blotted(run, clean_text(text)), _ERROR_CHARS)[0]


def _blotted(run: Run, text: str) -> str:
    return blotted(text, secrets_of(run))

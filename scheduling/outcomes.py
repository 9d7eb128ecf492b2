"""What one try of a run comes to: the agent's answer or error as a storable `Outcome`."""

from __future__ import annotations

import asyncio
import random
import traceback
import uuid
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from notifications.backoff import MAX_RETRY_AFTER, run_delay
from scheduling.agents.base import AgentError, AgentResult, Usage
from scheduling.lifecycle import Outcome
from scheduling.models import Run
from signals.sanitise import cap_text, clean_json, clean_text

_ERROR_CHARS = 10_000


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
        return failed(run, str(error), reason=error.failure_reason, error=error)
    return failed(run, _words(error), error=error)


def stopped(run: Run, why: Stop) -> Outcome | None:
    """What a run that was stopped comes to; `None`: it is not this worker's to end.

    A drained one is given back by `Worker.stop`, a fenced one belongs to another worker.
    """
    if why is Stop.TIMEOUT:
        text = (
            f"The agent did not answer within its deadline of {run.deadline_seconds} s."
        )
        return failed(run, text, reason=Run.FailureReason.TIMEOUT)
    if why is Stop.CANCELLED:
        return Outcome(
            run_id=run.id,
            lease_token=token_of(run),
            status=Run.Status.CANCELLED,
            error="Cancelled while it was running.",
        )
    return None


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
    output, truncated = cap_text(
        clean_text(result.output), settings.SCHEDULING.max_output_chars
    )
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
    )


def _again(run: Run, error: AgentError) -> Outcome:
    asked = min(error.retry_after or 0, MAX_RETRY_AFTER)
    pause = max(run_delay(run.attempt, jitter=random.random), asked)
    return Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status.QUEUED,
        error=cap_text(clean_text(f"Try {run.attempt}: {error}"), _ERROR_CHARS)[0],
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
        error=cap_text(clean_text(text), _ERROR_CHARS)[0],
        error_trace=clean_text(trace)[-20_000:],
        usage=_spent(error),
    )

"""What a finished run has to tell the outside world."""

from __future__ import annotations

import uuid
from typing import Any

from notifications.result import Result
from scheduling.memory_text import without_memory
from scheduling.models import Run


def result_of(run: Run) -> Result:
    """What `notifications` is told of a finished run (CONTRACTS A0, NotificationPayload)."""
    metadata = {
        **run.metadata,
        "status": run.status,
        "scheduled_for": run.scheduled_for.isoformat() if run.scheduled_for else None,
        "trigger": run.trigger,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }
    # An agent must not lead people elsewhere than to the session, which `notifications` names.
    metadata.pop("session_url", None)
    if run.status == Run.Status.FAILED:
        metadata |= {"error": run.error, "failure_reason": run.failure_reason}
    failed = run.status == Run.Status.FAILED
    content: Any = run.output_data if run.output_data is not None else run.output
    return Result(
        run_id=run.id,
        status=run.status,
        task_id=run.task_ref,
        task_name=run.task_name,
        user_id=run.user_id,
        output_type="error" if failed else run.output_type or "text",
        content=f"The run failed: {run.error}" if failed else content,
        text=f"The run failed: {run.error}" if failed else run.output,
        prompt=without_memory(run.input_message),
        metadata=metadata,
        session_id=run.session_id or _session_of(run),
        is_reply=run.is_reply,
    )


def _session_of(run: Run) -> uuid.UUID | None:
    """The chat session in which the run has spoken, as `session_id` of its metadata."""
    try:
        return uuid.UUID(run.metadata["session_id"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None

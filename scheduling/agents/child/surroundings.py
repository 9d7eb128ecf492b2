"""What a child may see: a small environment, and what it is told of its run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from scheduling.agents.base import AgentRequest

_KEPT = ("PATH", "LANG", "TZ")


def small_environment(inherited: Iterable[str] = ()) -> dict[str, str]:
    """Return PATH, LANG and TZ, and of this process's environment what `inherited` names."""
    found = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    return found | {
        name: os.environ[name] for name in (*_KEPT, *inherited) if name in os.environ
    }


def run_variables(request: AgentRequest[Any]) -> dict[str, str]:
    """Return the run as environment variables."""
    return {
        "BACKBEAT_RUN_ID": request.run_id,
        "BACKBEAT_TASK_ID": request.task_id,
        "BACKBEAT_TASK_NAME": request.task_name,
        "BACKBEAT_USER_ID": request.user_id,
        "BACKBEAT_ATTEMPT": str(request.attempt),
        "BACKBEAT_SCHEDULED_FOR": request.scheduled_for.isoformat(),
    }


def run_document(request: AgentRequest[Any]) -> dict[str, Any]:
    """Return the run as JSON, with what came before it and what is remembered."""
    return {
        "run_id": request.run_id,
        "task_id": request.task_id,
        "task_name": request.task_name,
        "user_id": request.user_id,
        "attempt": request.attempt,
        "scheduled_for": request.scheduled_for.isoformat(),
        "system_prompt": request.system_prompt,
        "input_message": request.input_message,
        "memory": request.memory,
        "state": dict(request.state),
        "parents": {
            task_id: asdict(output) for task_id, output in request.parents.items()
        },
        "session_id": request.session_id,
        "history": [asdict(turn) for turn in request.history],
    }

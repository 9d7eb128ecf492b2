"""`cron_trigger`: run a job now, and wait for what comes of it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from scheduling.agents.base import ToolError
from scheduling.approvals import UNAPPROVED
from scheduling.models import Run
from scheduling.toolbox import Caller, Tool
from scheduling.tools import making
from scheduling.tools.acts import Done, Root, act
from scheduling.tools.arguments import text
from signals.sanitise import cap_text

#: Seconds that it waits at most; a caller that has less left waits less.
_LONGEST = 120.0
_POLL = 0.25
#: Before the caller's own end, so that it can still make something of the answer.
_SPARE = timedelta(seconds=5)
_MAX_OUTPUT_CHARS = 20_000


class CronTrigger(Tool):
    """Run a job now."""

    name = "cron_trigger"
    description = "Run one of your scheduled jobs now, and wait until it has ended."
    parameters = {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "Id of the job."}},
        "required": ["id"],
    }
    changes_world = True

    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `Tool.call`; returns id, success, output, error and duration in nanoseconds."""
        begun = time.monotonic_ns()

        def work(root: Root) -> Done:
            task = making.own_task(caller, text(arguments, "id"))
            if task is None:
                raise ToolError("job not found")
            run = making.trigger(caller, task, timezone.now())
            return Done(answer={"run": run.id, "id": task.id}, task_ref=task.id)

        told = act(caller, self.name, "trigger", arguments, work)
        run = _await_end(caller, told["run"])
        return {"id": told["id"], **_came_of(run, told["run"]), "duration": time.monotonic_ns() - begun}  # fmt: skip


def _await_end(caller: Caller, run_id: Any) -> Run | None:
    """Return the run when it has ended; None when it has not in time, or nobody waits."""
    seconds = _LONGEST
    if caller.until is not None:
        left = caller.until - _SPARE - timezone.now()
        seconds = min(seconds, left.total_seconds())
    until = time.monotonic() + seconds
    while time.monotonic() < until and not caller.stop.wait(_POLL):
        ended = Run.objects.filter(id=run_id, status__in=Run.FINAL)
        run = ended.select_related("agent").defer("agent__credentials").first()
        connection_is_ours = not connection.in_atomic_block
        if connection_is_ours:
            connection.close()  # few have many: it is idle most of the time
        if run is not None:
            return run
    return None


def _came_of(run: Run | None, run_id: Any) -> dict[str, Any]:
    if run is None:
        error = f"it has not ended yet: ask get_run for {run_id}"
        return {"success": False, "output": "", "error": error}
    if run.approval in UNAPPROVED:
        error = "no person has approved its output: it is not shown"
        return {"success": True, "output": "", "error": error}
    return {
        "success": run.status == Run.Status.SUCCEEDED,
        "output": _output_of(run),
        "error": run.error or run.note,
    }


def _output_of(run: Run) -> Any:
    """What the contract says that the action gives; text, cut, of any other and of a long one."""
    is_action = run.agent is not None and run.agent.backend in making.ACTION_BACKENDS
    data = run.output_data if is_action else None
    if data and len(json.dumps(data, ensure_ascii=False)) <= _MAX_OUTPUT_CHARS:
        return data
    return cap_text(run.output, _MAX_OUTPUT_CHARS)[0]

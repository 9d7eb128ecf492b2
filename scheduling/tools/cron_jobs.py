"""`cron_list`, `cron_get`, `cron_enable`, `cron_disable`, `cron_delete`: as omniagent has them.

They know the jobs of the caller's lineage, those that `schedule_task` made too, and no others.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone

from scheduling.agents.base import ToolError
from scheduling.lineage import made_in
from scheduling.models import ScheduledTask
from scheduling.toolbox import Caller, Tool
from scheduling.tools import making
from scheduling.tools.acts import Done, Root, act
from scheduling.tools.arguments import text
from scheduling.tools.job_json import (
    STATUSES,
    descriptions_of,
    iso,
    job_of,
    line_of,
    running_of,
    status_of,
)

_ID: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string", "description": "Id of the job."}},
    "required": ["id"],
}
_MOST = 200


class CronList(Tool):
    """List the jobs of the caller's lineage."""

    name = "cron_list"
    description = "List your scheduled jobs."
    parameters = {
        "type": "object",
        "properties": {"status": {"type": "string", "enum": list(STATUSES)}},
    }

    def call(
        self, caller: Caller, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """See `Tool.call`; returns a job a line."""
        wanted = text(arguments, "status")
        if wanted and wanted not in STATUSES:
            raise ToolError(f"invalid status: {wanted[:100]}")
        tasks = list(made_in(caller.lineage).order_by("created_at", "id")[:_MOST])
        ids = [task.id for task in tasks]
        running, descriptions = running_of(ids), descriptions_of(ids)
        lines = [
            line_of(
                task,
                running=task.id in running,
                description=descriptions.get(task.id, ""),
            )
            for task in tasks
        ]
        return [line for line in lines if not wanted or line["status"] == wanted]


class CronGet(Tool):
    """Show one job."""

    name = "cron_get"
    description = "Show one of your scheduled jobs."
    parameters = _ID

    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `Tool.call`; returns the job."""
        return job_of(_job(caller, arguments))


class _Verb(Tool):
    """Does something to one job."""

    parameters = _ID
    changes_world = True
    action: ClassVar[str]

    @abstractmethod
    def do(self, caller: Caller, task: ScheduledTask) -> dict[str, Any]:
        """Do it under the lock of the root; returns the answer."""

    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `Tool.call`; returns the job's id and what became of it."""

        def work(root: Root) -> Done:
            task = _job(caller, arguments)
            ref = task.id
            return Done(answer=self.do(caller, task), task_ref=ref)

        done: dict[str, Any] = act(caller, self.name, self.action, arguments, work)
        return done


class CronDelete(_Verb):
    """Delete a job; its runs stay."""

    name, action = "cron_delete", "delete"
    description = "Delete one of your scheduled jobs."

    def do(self, caller: Caller, task: ScheduledTask) -> dict[str, Any]:
        """See `_Verb.do`."""
        answer = {"deleted": True, "id": task.id}
        making.delete(caller, task)
        return answer


class CronEnable(_Verb):
    """Resume a job that its agent disabled."""

    name, action = "cron_enable", "resume"
    description = "Enable a job that you disabled."

    def do(self, caller: Caller, task: ScheduledTask) -> dict[str, Any]:
        """See `_Verb.do`."""
        making.resume(caller, task, timezone.now())
        return {
            "id": task.id,
            "status": status_of(task, running=False),
            "next_run_at": iso(task.next_run_at),
        }


class CronDisable(_Verb):
    """Pause a job."""

    name, action = "cron_disable", "suspend"
    description = "Disable one of your scheduled jobs: it does not fire until enabled."

    def do(self, caller: Caller, task: ScheduledTask) -> dict[str, Any]:
        """See `_Verb.do`."""
        making.suspend(caller, task)
        return {"id": task.id, "status": status_of(task, running=False)}


def _job(caller: Caller, arguments: Mapping[str, Any]) -> ScheduledTask:
    task_id = text(arguments, "id")
    if not task_id:
        raise ToolError("id is required")
    task = made_in(caller.lineage).select_related("agent").filter(id=task_id).first()
    if task is None:
        raise ToolError("job not found")
    return task

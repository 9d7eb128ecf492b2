"""The tools that agents may call: name -> dotted path, imported on first use.

They are above the services, which are above the runner; hence paths and no imports. In-process
agents get them as a `Toolbox`, outside agents through MCP.
"""

from __future__ import annotations

import asyncio
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

from scheduling.agents.base import ToolError, ToolSpec
from scheduling.models import Run

TOOLS: dict[str, str] = {
    "schedule_task": "scheduling.tools.schedule_task.ScheduleTask",
    "cron_create": "scheduling.tools.cron_create.CronCreate",
    "cron_list": "scheduling.tools.cron_jobs.CronList",
    "cron_get": "scheduling.tools.cron_jobs.CronGet",
    "cron_delete": "scheduling.tools.cron_jobs.CronDelete",
    "cron_enable": "scheduling.tools.cron_jobs.CronEnable",
    "cron_disable": "scheduling.tools.cron_jobs.CronDisable",
    "cron_trigger": "scheduling.tools.cron_trigger.CronTrigger",
    "list_runs": "scheduling.tools.run_history.ListRuns",
    "get_run": "scheduling.tools.run_history.GetRun",
    "read_memory": "scheduling.tools.memory.ReadMemory",
    "write_memory": "scheduling.tools.memory.WriteMemory",
    "fetch_page": "scheduling.tools.fetch_page.FetchPage",
}

#: Make, change or fire schedules: off in runs whose task does not allow it.
SCHEDULING_TOOLS = frozenset(
    each for each in TOOLS if each == "schedule_task" or each.startswith("cron_")
)
_MOST_DEPTH = 50
_MOST_NUMBER = 10**30


@dataclass(frozen=True, kw_only=True)
class Caller:
    """In whose name a tool is called, and from where."""

    #: Whose the schedules are that it may touch: `task:<id>` of the task at the root that a
    #: person made, or `user:<id>` of an agent outside that acts for a person.
    lineage: str
    #: The person it acts for: the owner of the task, or of the token. None: nobody.
    user_id: int | None = None
    #: Of the task whose run calls; what it makes is one deeper.
    depth: int = 0
    run_id: uuid.UUID | None = None
    #: Of that run: what a run does that has lost its lease must not be written.
    lease_token: uuid.UUID | None = None
    task_id: str = ""
    agent_id: str = ""
    #: Whether it may make and change schedules.
    may_schedule: bool = False
    #: Until when an answer is of use; None: nobody has said.
    until: datetime | None = None
    #: Set when nobody waits for the answer any more.
    stop: threading.Event = field(default_factory=threading.Event, compare=False)


class Tool(ABC):
    """A tool. Stateless; one instance serves the process."""

    name: ClassVar[str]
    description: ClassVar[str]
    #: JSON schema of the arguments, an object.
    parameters: ClassVar[Mapping[str, Any]]
    #: It changes something outside the run.
    changes_world: ClassVar[bool] = False

    @abstractmethod
    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> Any:
        """Do it, in a thread that may use the database; returns text or JSON.

        Raises `ToolError` with words for the agent. What comes from the agent is never trusted.
        """


@cache
def get_tool(name: str) -> Tool:
    """Return the tool called `name`. Raises `ToolError` when there is none."""
    if name not in TOOLS:
        raise ToolError(f"there is no tool {name!r}: choose one of {', '.join(TOOLS)}")
    module, _, attribute = TOOLS[name].rpartition(".")
    tool: Tool = getattr(import_module(module), attribute)()
    return tool


def spec_of(tool: Tool) -> ToolSpec:
    return ToolSpec(
        name=tool.name,
        description=tool.description,
        parameters=tool.parameters,
        changes_world=tool.changes_world,
    )


def call_tool(caller: Caller, name: str, arguments: Mapping[str, Any]) -> Any:
    """Call the tool called `name`, in this thread. Raises `ToolError`."""
    if name in SCHEDULING_TOOLS and not caller.may_schedule:
        raise ToolError(
            f"{name} is switched off here: the task does not let its agent make schedules"
        )
    _require_readable(name, arguments)
    return get_tool(name).call(caller, arguments)


def _require_readable(name: str, arguments: Mapping[str, Any]) -> None:
    """Refuse what Python could not write down again: a model may send anything."""
    values: list[tuple[Any, int]] = [(arguments, 0)]
    while values:
        value, depth = values.pop()
        if depth > _MOST_DEPTH:
            raise ToolError(f"{name}: its arguments are nested too deeply")
        if isinstance(value, int) and abs(value) > _MOST_NUMBER:
            raise ToolError(f"{name}: a number in its arguments is too large")
        if isinstance(value, Mapping):
            values += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list | tuple):
            values += [(each, depth + 1) for each in value]


class Toolbox:
    """The tools of one run; implements `agents.base.Tools`."""

    def __init__(self, caller: Caller, names: Collection[str] = tuple(TOOLS)) -> None:
        self._caller = caller
        self._names = [
            name
            for name in TOOLS
            if name in names and (caller.may_schedule or name not in SCHEDULING_TOOLS)
        ]

    def specs(self) -> Sequence[ToolSpec]:
        """See `agents.base.Tools.specs`. Imports on first use."""
        return [spec_of(get_tool(name)) for name in self._names]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """See `agents.base.Tools.call`. In a thread, so that the loop goes on."""
        caller = replace(self._caller, stop=threading.Event())

        def work() -> Any:
            try:
                return call_tool(caller, name, arguments)
            finally:
                connection.close()  # this thread serves others next

        try:
            return await asyncio.get_running_loop().run_in_executor(_threads(), work)
        except asyncio.CancelledError:
            caller.stop.set()
            raise


@cache
def _threads() -> ThreadPoolExecutor:
    """As many as runs may be in flight: one that waits for another run must not hold up others."""
    return ThreadPoolExecutor(settings.SCHEDULING.worker_capacity, "tools")


def require_lease(caller: Caller) -> None:
    """Raise `ToolError` when the run that calls is no longer its worker's.

    Asked where something is about to be written, in the same transaction.
    """
    if caller.run_id is None or caller.lease_token is None:
        return
    held = Run.objects.filter(
        id=caller.run_id, status=Run.Status.RUNNING, lease_token=caller.lease_token
    )
    if not held.exists():
        raise ToolError("this run is over: nothing more is done in its name")


def caller_of(run: Run) -> Caller:
    """Return in whose name the agent of a claimed run calls; its task and agent are loaded."""
    task = run.task
    if task is None:
        return Caller(lineage="", run_id=run.id)
    begun = run.started_at or timezone.now()
    return Caller(
        lineage=task.lineage or f"task:{task.id}",
        user_id=task.owner_id,
        depth=task.depth,
        run_id=run.id,
        lease_token=run.lease_token,
        task_id=task.id,
        agent_id=run.agent_id or "",
        may_schedule=task.may_schedule,
        until=begun + timedelta(seconds=run.deadline_seconds),
    )

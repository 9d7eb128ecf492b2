"""Those who call tools in tests."""

from __future__ import annotations

import uuid
from typing import Any

from scheduling.models import Run, ScheduledTask
from scheduling.toolbox import Caller, call_tool, caller_of
from tests.factories import make_run, make_task, make_user


def make_root(**fields: Any) -> ScheduledTask:
    """A task of a person, whose agent may make schedules."""
    given = {"id": "brief", "may_schedule": True, "owner": make_user()} | fields
    return make_task(**given)


def caller_in(task: ScheduledTask, **fields: Any) -> Caller:
    """The agent in a run of `task`."""
    run = Run.objects.select_related("task").get(pk=make_run(task, **fields).pk)
    return caller_of(run)


def outside(user: Any) -> Caller:
    """An agent outside that acts for `user`."""
    return Caller(lineage=f"user:{user.pk}", user_id=user.pk, may_schedule=True)


def schedule(
    caller: Caller, name: str, action: str = "create", **arguments: Any
) -> Any:
    """Call `schedule_task`; what a creation needs is given."""
    given = {"schedule": "0 9 * * *", "task": "Look."} if action == "create" else {}
    return call_tool(
        caller, "schedule_task", {"name": name, "action": action} | given | arguments
    )


def some_id() -> uuid.UUID:
    return uuid.uuid4()

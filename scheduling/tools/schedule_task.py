"""`schedule_task`, as Sympozium's agents know it: one tool, five actions, answers in a sentence.

Texts and parameters are those of CONTRACTS A4. Unlike there, an update does not resume what was
suspended, the first tick is the next slot and not at once, and the answer is what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from scheduling.agents.base import ToolError
from scheduling.models import ScheduledTask
from scheduling.toolbox import Caller, Tool
from scheduling.tools import making
from scheduling.tools.acts import Done, Refused, Root, act
from scheduling.tools.arguments import text

ACTIONS = ("create", "update", "suspend", "resume", "delete")
_MAX_NAME = 100


class ScheduleTask(Tool):
    """Create and look after a schedule of the agent's own, by its name."""

    name = "schedule_task"
    description = (
        "Schedule a task for yourself: the text is given to you as a prompt whenever the"
        " five-field cron expression fires. A schedule made by an agent ends by itself after"
        " some weeks. Names are yours alone; 'create' on an existing name changes it."
    )
    parameters = {
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "description": "A short unique name for this schedule.",
            },
            "action": {"type": "string", "enum": list(ACTIONS)},
            "schedule": {
                "type": "string",
                "description": "Five cron fields, for example '0 9 * * 1-5'.",
            },
            "task": {"type": "string", "description": "What is to be done each time."},
        },
        "required": ["name", "action"],
    }
    changes_world = True

    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> str:
        """See `Tool.call`; returns a sentence."""
        action = str(arguments.get("action") or "none")

        def work(root: Root) -> Done:
            ref = making.id_of(root, _checked(arguments))
            verb = _VERBS[text(arguments, "action")]
            return Done(answer=verb(caller, root, ref, arguments), task_ref=ref)

        try:
            answer: str = act(caller, self.name, action, arguments, work)
        except ToolError as error:
            raise ToolError(f"Error: {error}") from error
        return answer


def _checked(arguments: Mapping[str, Any]) -> str:
    """Return the name. Raises `ToolError` in the words of the contract."""
    name, action = text(arguments, "name"), text(arguments, "action")
    schedule, task = text(arguments, "schedule"), text(arguments, "task")
    if not name:
        raise ToolError("'name' is required — a short unique name for this schedule")
    if len(name) > _MAX_NAME:
        raise ToolError(f"'name' has more than {_MAX_NAME} characters")
    if not action:
        raise ToolError("'action' is required (create, update, suspend, resume, delete)")  # fmt: skip
    if action not in ACTIONS:
        raise ToolError(
            f"unknown action '{action[:100]}' — use create, update, suspend, resume, or delete"
        )
    if action == "create" and not schedule:
        raise ToolError("'schedule' is required for create — a cron expression")
    if action == "create" and not task:
        raise ToolError("'task' is required for create — what is to be done")
    if action == "update" and not (schedule or task):
        raise ToolError("update needs at least one of 'schedule' and 'task'")
    return name


def _fields(arguments: Mapping[str, Any], root: Root) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if cron := text(arguments, "schedule"):
        fields |= {
            "schedule_type": ScheduledTask.Type.CRON,
            "cron_expression": cron,
            "cron_seconds": False,
            "timezone": making.zone_of(root),
        }
    if task := text(arguments, "task"):
        fields["input_message"] = task
    return fields


def _create(caller: Caller, root: Root, ref: str, arguments: Mapping[str, Any]) -> str:
    name, now = text(arguments, "name"), timezone.now()
    fields = _fields(arguments, root)
    known = making.own_task(caller, ref)
    if known is not None:
        making.change(caller, known, fields, now, renew=True)
        return _changed(known, name)
    if ScheduledTask.objects.filter(id=ref).exists():
        raise Refused("lineage", f"the name '{name}' is taken by a task that is not yours")  # fmt: skip
    making.make(caller, root, {**fields, "id": ref, "name": name}, now)
    cron = text(arguments, "schedule")
    return f"Schedule '{name}' created with cron '{cron}'. The task will run automatically on this interval."


def _update(caller: Caller, root: Root, ref: str, arguments: Mapping[str, Any]) -> str:
    task = _existing(caller, ref, arguments)
    making.change(caller, task, _fields(arguments, root), timezone.now())
    return _changed(task, text(arguments, "name"))


def _suspend(caller: Caller, root: Root, ref: str, arguments: Mapping[str, Any]) -> str:
    making.suspend(caller, _existing(caller, ref, arguments))
    return f"Schedule '{text(arguments, 'name')}' suspended. It will not fire until resumed."


def _resume(caller: Caller, root: Root, ref: str, arguments: Mapping[str, Any]) -> str:
    making.resume(caller, _existing(caller, ref, arguments), timezone.now())
    return f"Schedule '{text(arguments, 'name')}' resumed."


def _delete(caller: Caller, root: Root, ref: str, arguments: Mapping[str, Any]) -> str:
    making.delete(caller, _existing(caller, ref, arguments))
    return f"Schedule '{text(arguments, 'name')}' deleted."


def _existing(caller: Caller, ref: str, arguments: Mapping[str, Any]) -> ScheduledTask:
    task = making.own_task(caller, ref)
    if task is None:
        raise ToolError(f"there is no schedule '{text(arguments, 'name')}' of yours")
    return task


def _changed(task: ScheduledTask, name: str) -> str:
    words = f"Schedule '{name}' updated."
    return words if task.active else f"{words} It stays suspended until resumed."


_VERBS: dict[str, Callable[[Caller, Root, str, Mapping[str, Any]], str]] = {
    "create": _create,
    "update": _update,
    "suspend": _suspend,
    "resume": _resume,
    "delete": _delete,
}

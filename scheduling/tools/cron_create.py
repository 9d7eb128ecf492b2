"""`cron_create`, as omniagent's agents know it (CONTRACTS A3): a cron job for one action.

Cron lines have six fields, seconds first. An interval is anchored at the job's making, where
theirs counts from the end of the last run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from scheduling import services
from scheduling.agents.base import ToolError
from scheduling.models import ScheduledTask
from scheduling.toolbox import Caller, Tool
from scheduling.tools import making
from scheduling.tools.actions import read_action
from scheduling.tools.acts import Done, Root, act
from scheduling.tools.arguments import text
from scheduling.tools.durations import NANOSECONDS, parse_duration
from scheduling.tools.job_json import iso, status_of

_EVERY = "@every "
_KINDS = ("schedule_cron", "schedule_once", "schedule_interval")
_LIMITS = {"name": 100, "description": 1000}
_MAX_SECONDS = 10 * 366 * 86_400


def _property(kind: str, words: str, **others: Any) -> dict[str, Any]:
    return {"type": kind, "description": words, **others}


class CronCreate(Tool):
    """Create a cron job."""

    name = "cron_create"
    description = (
        "Create a scheduled job with exactly one schedule (cron, interval or once) and one"
        " action. It ends by itself after some weeks."
    )
    parameters = {
        "type": "object",
        "properties": {
            "name": _property("string", "Name of the job."),
            "description": _property("string", "What it is for."),
            "schedule_cron": _property("string", "Six cron fields, seconds first: '0 0 9 * * 1-5'."),
            "schedule_interval": _property("string", "A duration, such as '1h30m'."),
            "schedule_once": _property("string", "An RFC 3339 time: '2027-01-31T07:00:00+07:00'."),
            "action_type": _property(
                "string", "What it does.", enum=["send_message", "call_webhook", "call_tool"]
            ),
            "session_id": _property("string", "send_message: the chat session."),
            "message": _property("string", "send_message: what the agent is told in it."),
            "webhook_url": _property("string", "call_webhook: the address."),
            "webhook_method": _property("string", "call_webhook: the HTTP method.", default="POST"),
            "tool_name": _property("string", "call_tool: the tool."),
            "tool_params": _property("object", "call_tool: its arguments."),
        },
        "required": ["name", "action_type"],
    }  # fmt: skip
    changes_world = True

    def call(self, caller: Caller, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """See `Tool.call`; returns id, name, status and next_run_at."""

        def work(root: Root) -> Done:
            task = _create(caller, root, arguments)
            answer = {
                "id": task.id,
                "name": task.name,
                "status": status_of(task, running=False),
                "next_run_at": iso(task.next_run_at),
            }
            return Done(answer=answer, task_ref=task.id)

        made: dict[str, Any] = act(caller, self.name, "create", arguments, work)
        return made


def _create(caller: Caller, root: Root, arguments: Mapping[str, Any]) -> ScheduledTask:
    for field in ("name", "action_type"):
        if not text(arguments, field):
            raise ToolError(f"{field} is required")
    for field, most in _LIMITS.items():
        if len(text(arguments, field)) > most:
            raise ToolError(f"{field} has more than {most} characters")
    timing = _timing(arguments)
    action = read_action(root, arguments)
    name = text(arguments, "name")
    fields = {
        **timing,
        "id": services.free_id(making.id_of(root, name)),
        "name": name,
        "agent_id": action.agent_id,
        "agent_options": action.options,
        "input_message": action.message,
    }
    return making.make(caller, root, fields, timezone.now())


def _timing(arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = {kind for kind in _KINDS if arguments.get(kind) not in (None, "")}
    if not given:
        raise ToolError("schedule is required (cron, once, or interval)")
    if len(given) > 1:
        raise ToolError("only one schedule type allowed (cron, once, or interval)")
    if "schedule_interval" in given:
        return _interval(arguments["schedule_interval"])
    if "schedule_once" in given:
        return {
            "schedule_type": ScheduledTask.Type.ONCE,
            "run_at": _moment(text(arguments, "schedule_once")),
        }
    line = text(arguments, "schedule_cron")
    if line.startswith(_EVERY):
        return _interval(line.removeprefix(_EVERY).strip())
    fields = ("*" if field == "?" else field for field in line.split())  # as robfig's
    return {
        "schedule_type": ScheduledTask.Type.CRON,
        "cron_expression": " ".join(fields),
        "cron_seconds": True,
    }


def _interval(given: object) -> dict[str, Any]:
    try:
        nanoseconds = parse_duration(given)
    except ValueError as error:
        raise ToolError(f"invalid interval: {error}") from error
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    if rest or not 1 <= seconds <= _MAX_SECONDS:
        raise ToolError(f"invalid interval: {given} is not whole seconds, 1s to 10 years")  # fmt: skip
    return {
        "schedule_type": ScheduledTask.Type.INTERVAL,
        "interval_seconds": seconds,
    }


def _moment(given: str) -> datetime:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise ToolError(f"invalid once time: {error}") from error
    if moment.tzinfo is None:
        raise ToolError(
            f"invalid once time: {given!r} has no offset; write 2027-01-31T07:00:00+07:00"
        )
    return moment

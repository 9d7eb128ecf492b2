"""Making, changing, suspending and deleting the tasks of a lineage, inside an `acts.act`.

A made task inherits everything from the task at its root: who acts, for whom, within which
limits, where it reports to. An agent says what is to be done and when, and no more.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from scheduling import services
from scheduling.agents import is_staff_only
from scheduling.agents.base import ToolError
from scheduling.lineage import SUSPENDED, made_in
from scheduling.models import Agent, Run, ScheduledTask, TaskWebhook
from scheduling.schedule import ScheduleError
from scheduling.toolbox import Caller
from scheduling.tools import guards
from scheduling.tools.acts import Refused, Root

_INHERITED = (
    "agent_options", "owner_id", "target_user_id", "system_prompt_override", "timezone",
    "calendar_id", "excluded_dates", "on_closed_day", "deadline_seconds", "max_attempts",
    "pause_after_failures", "day_cost_limit", "month_cost_limit", "run_cost_limit",
    "run_tokens_limit", "run_tool_calls_limit", "include_memory", "memory_scope", "needs_approval",
    "approval_seconds", "approval_expiry", "alert_webhook_id", "alert_after_failures",
)  # fmt: skip
#: Backends whose rows `actions` makes; they do no thinking of their own.
ACTION_BACKENDS = ("message", "webhook_call", "tool_call")
_STEM, _NAME = 50, 48


def id_of(root: Root, name: str) -> str:
    """Return the id of a task that an agent calls `name`. Raises `ToolError` when none is left."""
    own = slugify(name)[:_NAME].strip("-_")
    if not own:
        raise ToolError(f"{name[:100]!r} has neither a letter from a to z nor a digit")
    stem = root.task.id if root.task else f"user-{root.user.pk}"
    return f"{stem[:_STEM]}-{own}"


def own_task(caller: Caller, task_id: str) -> ScheduledTask | None:
    """Return the task if agents made it in the caller's lineage."""
    return made_in(caller.lineage).filter(id=task_id).first()


def make(
    caller: Caller, root: Root, fields: Mapping[str, Any], now: datetime
) -> ScheduledTask:
    """Create a task with `fields` over what it inherits. Raises `Refused`, `ValidationError`."""
    guards.check_pace(caller)
    guards.check_depth(caller)
    guards.check_places(caller, now)
    guards.check_day(caller, now)
    given = {
        **_inherited(root),
        "agent_id": fields.get("agent_id") or thinker(root),
        **fields,
        "end_at": guards.expiry(caller, now),
        "lineage": caller.lineage,
        "depth": caller.depth + 1,
        "made_by_run": caller.run_id,
        "may_schedule": _may_schedule(caller, root),
    }
    _check_gaps(ScheduledTask(**given), now)
    return services.create_task(
        fields=given,
        webhooks=_webhooks(root),
        shared_webhooks=services.shared_by(root.task) if root.task else (),
        user=None,
    )


def change(
    caller: Caller,
    task: ScheduledTask,
    fields: Mapping[str, Any],
    now: datetime,
    *,
    renew: bool = False,
) -> None:
    """Change `fields` of a task; one that is paused stays so. `renew`: it may last longer again."""
    guards.check_pace(caller)
    if task.active and task.next_slot is None:  # it has ended, and would begin anew
        guards.check_places(caller, now, but=task.id)
        guards.check_day(caller, now)
    given = dict(fields)
    # What a person has edited ends when that person wants.
    if renew and caller.depth == 0 and task.updated_by_id is None:
        given["end_at"] = guards.expiry(caller, now)
    draft = copy.copy(task)
    for name, value in given.items():
        setattr(draft, name, value)
    _check_gaps(draft, now)
    services.update_task(task, fields=given, user=None, note=signed(caller))


def suspend(caller: Caller, task: ScheduledTask) -> None:
    """Pause a task; one that is paused already is left alone, and with it who did that."""
    guards.check_pace(caller)
    if task.active:
        note = f"{SUSPENDED}. {signed(caller)}"
        services.pause_task(task, user=None, note=note)


def resume(caller: Caller, task: ScheduledTask, now: datetime) -> None:
    """Resume a task that its agent suspended. Raises `Refused` when somebody else paused it."""
    guards.check_pace(caller)
    if task.active:
        return
    guards.check_unpaused_by_people(task, "resume")
    guards.check_places(caller, now, but=task.id)
    guards.check_day(caller, now)
    _check_gaps(task, now)
    services.resume_task(task, user=None)


def delete(caller: Caller, task: ScheduledTask) -> None:
    """Delete a task; its runs stay."""
    guards.check_pace(caller)
    guards.check_unpaused_by_people(task, "delete")
    if task.id == caller.task_id:
        raise ToolError("it is running you: suspend it, and it will not fire again")
    # What a run takes is counted in its task's lineage: without the task it would be free.
    if task.runs.filter(status__in=Run.ACTIVE).exists():
        raise ToolError(
            "it has a run under way: suspend it, and delete it when that has ended"
        )
    services.delete_task(task, user=None)


def trigger(caller: Caller, task: ScheduledTask, now: datetime) -> Run:
    """Queue a run of a task that has none under way."""
    guards.check_pace(caller)
    guards.check_unpaused_by_people(task, "run")
    guards.check_day(caller, now)
    if task.runs.filter(status__in=Run.ACTIVE, session_id=None).exists():
        raise ToolError("job is already running")
    return services.run_now(task, user=None, trigger=Run.Trigger.AGENT)


def signed(caller: Caller) -> str:
    """Say which agent did it, for versions and notes."""
    if caller.run_id is None:
        return "By an agent outside."
    return f"By agent {caller.agent_id} in run {caller.run_id}."


def zone_of(root: Root) -> str:
    """The zone in which an agent's times are read."""
    return root.task.timezone if root.task else settings.SCHEDULING.default_timezone


def thinker(root: Root) -> str:
    """Return the id of the agent that does what is scheduled: that of the task at the root.

    For an agent outside, the one that the installation names, or the only one there is.
    Raises `Refused`.
    """
    if root.task is not None:
        return root.task.agent_id
    chosen = settings.SCHEDULING.agent_for_outside
    agents = Agent.objects.filter(active=True).exclude(backend__in=ACTION_BACKENDS)
    rows = agents.filter(id=chosen) if chosen else agents
    found = [
        agent.id
        for agent in rows.only("id", "backend")
        if not is_staff_only(agent.backend) or (chosen and root.user.is_staff)
    ]
    if len(found) != 1:
        raise Refused(
            "agent",
            "it is not clear which agent is to do it:"
            " SCHEDULING_AGENT_FOR_OUTSIDE must name one that is active",
        )
    return found[0]


def _inherited(root: Root) -> dict[str, Any]:
    if root.task is not None:
        return {name: getattr(root.task, name) for name in _INHERITED}
    return {
        "owner_id": root.user.pk,
        "target_user_id": str(root.user.pk),
        "timezone": zone_of(root),
    }


def _may_schedule(caller: Caller, root: Root) -> bool:
    """Outside, nobody has let any run make schedules."""
    deep = caller.depth + 1 >= settings.SCHEDULING.agent_max_depth
    return root.task is not None and not deep


def _webhooks(root: Root) -> list[dict[str, Any]]:
    """Those that a person gave to the task at the root; an agent names none."""
    if root.task is None:
        return []
    return [
        {name: getattr(webhook, name) for name in TaskWebhook.EDITABLE}
        for webhook in root.task.webhooks.all()
    ]


def _check_gaps(task: ScheduledTask, now: datetime) -> None:
    try:
        guards.check_gaps(task, now)
    except ScheduleError as error:
        raise ToolError(str(error)) from error

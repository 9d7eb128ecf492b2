"""What agents may not do, asked under the lock of their root (`acts.act`).

Each raises `Refused`, which stops the act, is written down, and told to people.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from scheduling.lineage import (
    IS_SUSPENDED,
    SUSPENDED,
    made_in,
    used_today,
    used_up,
)
from scheduling.models import AgentAct, ScheduledTask
from scheduling.toolbox import Caller
from scheduling.tools.acts import Refused

#: Acts of one lineage in a day; making and deleting again and again is a loop too.
MAX_ACTS = 500
_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)


def check_pace(caller: Caller) -> None:
    """Refuse more acts in a day than anybody needs."""
    since = timezone.now() - _DAY
    acts = AgentAct.objects.filter(lineage=caller.lineage, accepted=True, at__gte=since)
    if acts.count() >= MAX_ACTS:
        raise Refused("pace", f"{MAX_ACTS} changes of schedules in a day are enough")


def check_depth(caller: Caller) -> None:
    """Refuse what would be made too deep."""
    most = settings.SCHEDULING.agent_max_depth
    if caller.depth >= most:
        raise Refused(
            "depth",
            f"tasks made by agents go {most} deep at most (SCHEDULING_AGENT_MAX_DEPTH):"
            f" this one is at {caller.depth} itself",
        )


def check_places(caller: Caller, now: datetime, *, but: str = "") -> None:
    """Refuse another active task where there are enough, apart from the task `but`.

    One that a person or failures paused keeps its place; one that its agent suspended does not.
    """
    most = settings.SCHEDULING.agent_max_tasks
    under_way = Q(active=True, next_slot__isnull=False)
    held = Q(active=False) & ~IS_SUSPENDED
    to_come = Q(end_at=None) | Q(end_at__gt=now)
    tasks = made_in(caller.lineage).filter(to_come, under_way | held).exclude(id=but)
    if tasks.count() >= most:
        raise Refused(
            "tasks",
            f"{most} active schedules made by agents are the most here"
            " (SCHEDULING_AGENT_MAX_TASKS): delete or suspend one",
        )


def check_day(caller: Caller, now: datetime) -> None:
    """Refuse when the runs or tokens of the day are used up."""
    if words := used_up(used_today([caller.lineage], now)[caller.lineage]):
        raise Refused("day", words)


def check_gaps(task: ScheduledTask, now: datetime) -> None:
    """Refuse slots that follow each other too closely, or none at all until `task` ends.

    The slots of a year themselves are looked at, however the schedule is written. Raises
    `ScheduleError`.
    """
    least = timedelta(seconds=settings.SCHEDULING.agent_min_interval_seconds)
    until = task.end_at or now + timedelta(days=settings.SCHEDULING.agent_max_days)
    # As many as there can be when none is too close; an end that a person set may be far.
    slots = task.schedule.between(now, min(until, now + _YEAR))
    first = None
    for first, second in pairwise(slots):
        if second - first < least:
            raise Refused(
                "interval",
                f"its slots are {(second - first).total_seconds():g} s apart:"
                f" at least {least.total_seconds():g} s are demanded here"
                " (SCHEDULING_AGENT_MIN_INTERVAL_SECONDS)",
            )
    if first is None and next(task.schedule.between(now, until), None) is None:
        raise Refused("expiry", f"it never fires before it ends at {until:%Y-%m-%d %H:%M} UTC")  # fmt: skip


def check_unpaused_by_people(task: ScheduledTask, verb: str) -> None:
    """Refuse to resume or delete what is paused otherwise than by its agent."""
    if task.active or _is_suspended(task):
        return
    who = "a person" if task.paused_by_id else "Backbeat"
    raise Refused(
        "pause", f"{task.id} was paused by {who}: only a person may {verb} it"
    )


def _is_suspended(task: ScheduledTask) -> bool:
    """Whether an agent paused it, and nobody else."""
    by_agent = task.paused_by_id is None and task.pause_note.startswith(SUSPENDED)
    return not task.active and by_agent


def expiry(caller: Caller, now: datetime) -> datetime:
    """When a task made now ends at the latest; what is made deeper ends with its maker."""
    end = now + timedelta(days=settings.SCHEDULING.agent_max_days)
    if caller.depth == 0:
        return end
    makers = ScheduledTask.objects.filter(id=caller.task_id)
    maker_ends = makers.values_list("end_at", flat=True).first()
    return min(end, maker_ends) if maker_ends else end

"""Lineages: whose the tasks are at the root that agents make, and what a day leaves to them.

`task:<id>` is everything that began in the runs of a person's task, `user:<id>` what an agent
outside makes for a person. A task that a person made has no lineage of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet

from scheduling.budgets import day_of
from scheduling.gates import Obstacle
from scheduling.models import Run, ScheduledTask, Spending

TASK, USER = "task", "user"
#: Begins the note of a pause that an agent made, and may end.
SUSPENDED = "Suspended by its agent"
#: Paused by its agent and nobody else, so that its agent may resume it.
IS_SUSPENDED = Q(active=False, paused_by=None, pause_note__startswith=SUSPENDED)


class Used(NamedTuple):
    """What the tasks of a lineage have had today; runs under way are counted in."""

    runs: int = 0
    tokens: int = 0


def root_of(lineage: str) -> tuple[str, str]:
    """Return what stands at the root: `task` or `user`, and its id."""
    kind, _, ref = lineage.partition(":")
    return kind, ref


def made_in(lineage: str) -> QuerySet[ScheduledTask]:
    """The tasks that agents made in this lineage; none in none."""
    return ScheduledTask.objects.filter(lineage=lineage).exclude(lineage="")


def made_by_agents() -> QuerySet[ScheduledTask]:
    """The tasks that agents made, whosever."""
    return ScheduledTask.objects.exclude(lineage="")


def used_today(lineages: Collection[str], now: datetime) -> dict[str, Used]:
    """Return what each of them has used on the installation's day of `now`. Two queries."""
    runs = dict.fromkeys(lineages, 0)
    tokens = dict.fromkeys(lineages, 0)
    ended = Spending.objects.filter(
        scope=Spending.Scope.LINEAGE, ref__in=lineages, day=day_of(now)
    )
    for row in ended:
        runs[row.ref] += row.runs
        tokens[row.ref] += row.tokens
    under_way = (
        Run.objects.filter(status__in=Run.ACTIVE, task__lineage__in=lineages)
        .order_by()
        .values_list("task__lineage")
        .annotate(Count("id"))
    )
    for lineage, count in under_way:
        runs[lineage] += count
    return {each: Used(runs[each], tokens[each]) for each in lineages}


def used_up(used: Used) -> str:
    """Say why there is nothing left of the day; empty when there is."""
    conf = settings.SCHEDULING
    if used.runs >= conf.agent_daily_runs:
        return (
            f"What agents scheduled here has had its {conf.agent_daily_runs} runs of today"
            " (SCHEDULING_AGENT_DAILY_RUNS)."
        )
    if used.tokens >= conf.agent_daily_tokens:
        return (
            f"What agents scheduled here has had its {conf.agent_daily_tokens} tokens of"
            " today (SCHEDULING_AGENT_DAILY_TOKENS)."
        )
    return ""


def obstacles(tasks: Sequence[ScheduledTask], now: datetime) -> dict[str, Obstacle]:
    """Return what keeps which of these due tasks from firing, by task id.

    Each of them takes one run of what its lineage has left of the day. No query when no agent
    made any of them, else at most four.
    """
    made = [task for task in tasks if task.lineage]
    if not made:
        return {}
    lineages = {task.lineage for task in made}
    rootless = lineages - _standing(lineages)
    used = used_today(lineages, now)
    found = {}
    for task in made:
        if task.lineage in rootless:
            words = "Who or what it was made for is not there any more."
            found[task.id] = Obstacle(Run.SkipReason.PAUSED, words)
        elif words := used_up(used[task.lineage]):
            found[task.id] = Obstacle(Run.SkipReason.LIMIT, words)
        else:
            before = used[task.lineage]
            used[task.lineage] = before._replace(runs=before.runs + 1)
    return found


def _standing(lineages: Iterable[str]) -> set[str]:
    """Those whose root is still there: the task, or the person, who may sign in."""
    roots = [root_of(each) for each in lineages]
    tasks = [ref for kind, ref in roots if kind == TASK]
    users = [ref for kind, ref in roots if kind == USER]
    found = set()
    if tasks:
        ids = ScheduledTask.objects.filter(id__in=tasks).values_list("id", flat=True)
        found |= {f"{TASK}:{each}" for each in ids}
    if users:
        people = get_user_model().objects.filter(id__in=users, is_active=True)
        found |= {f"{USER}:{each}" for each in people.values_list("id", flat=True)}
    return found

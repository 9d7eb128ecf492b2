"""What a task is likely to cost in the next thirty days, before it has cost it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from scheduling.budgets import money
from scheduling.gates import INSTANT
from scheduling.models import Agent, Run, ScheduledTask
from scheduling.schedule import Schedule
from scheduling.wall_clock import clocks_change_on, midnight, wall_time

DAYS = 30
#: So many runs make the average.
_LATEST = 20
#: What an answer takes, where nothing is known.
_ANSWER_TOKENS = 1000
#: About as many characters are one token.
_CHARS_PER_TOKEN = 4
_CENT = Decimal("0.01")
#: The columns of a task, beside its schedule, that a projection goes by.
COSTLY = (
    "agent_id", "input_message", "system_prompt_override", "agent_options", "month_cost_limit",
)  # fmt: skip
_ENDED = (Run.Status.SUCCEEDED, Run.Status.FAILED)


class Basis(StrEnum):
    """What a projection goes by."""

    TASK = "task"
    """The latest runs of the task."""

    AGENT = "agent"
    """The latest runs of its agent."""

    PRICES = "prices"
    """The price list of its model, and the length of its prompt."""

    UNKNOWN = "unknown"
    """Nothing: no run has had a cost, and the model has no known price."""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """How many runs are to come in thirty days, and what they cost in US dollars, about."""

    runs: int
    basis: Basis
    #: One run; None when nothing is known.
    each: Decimal | None = None
    #: Most that may be spent in a month by the task; None: no limit.
    month_limit: Decimal | None = None

    @property
    def cost(self) -> Decimal | None:
        """The sum, in cents when it is more than one."""
        if self.each is None:
            return None
        total = self.each * self.runs
        return total.quantize(_CENT) if total >= _CENT else total

    @property
    def exceeds(self) -> bool:
        """Whether it is more than the limit of a month."""
        limit, cost = self.month_limit, self.cost
        return limit is not None and cost is not None and cost > limit


def project(task: ScheduledTask, now: datetime) -> Projection:
    """Return what `task`, which need not be saved, is likely to cost from `now` (aware) on.

    Two queries at the most, and the agent. Raises `ScheduleError` when its schedule is none.
    """
    each, basis = _each(task)
    runs = slots_to_come(task.schedule, now)
    if task.max_runs is not None:
        runs = min(runs, max(task.max_runs - task.scheduled_runs, 0))
    return Projection(
        runs=runs, basis=basis, each=each, month_limit=task.month_cost_limit
    )


def in_json(projection: Projection) -> dict[str, Any]:
    """Return it as the API and the command show it."""
    cost = projection.cost
    return {
        "projected_monthly_cost": None if cost is None else money(cost),
        "basis": projection.basis.value,
        "projected_runs": projection.runs,
        "exceeds_month_limit": projection.exceeds,
    }


def slots_to_come(schedule: Schedule, now: datetime) -> int:
    """Return about how many slots fire in the next thirty days: exact but for clock changes.

    Counted by days. One on which the clocks change, which would be gone through second by
    second, counts like the day before.
    """
    zone = schedule.zone
    start, until = now.astimezone(UTC), now.astimezone(UTC) + timedelta(days=DAYS)
    total = usual = 0
    while start < until:
        day = wall_time(start, zone).date()
        stop = min(midnight(day + timedelta(days=1), zone).astimezone(UTC), until)
        if not clocks_change_on(day, zone):
            usual = schedule.count_between(start - INSTANT, stop - INSTANT)
        if schedule.open_days is None or schedule.open_days.is_open(day):
            total += usual
        start = stop
    return total


def _each(task: ScheduledTask) -> tuple[Decimal | None, Basis]:
    if task.id and (mean := _mean(Run.objects.filter(task_id=task.id))) is not None:
        return mean, Basis.TASK
    agent = Agent.objects.filter(id=task.agent_id or "").first()
    if agent is None:
        return None, Basis.UNKNOWN
    if (mean := _mean(Run.objects.filter(agent_id=agent.id))) is not None:
        return mean, Basis.AGENT
    estimate = _estimate(task, agent)
    return estimate, Basis.UNKNOWN if estimate is None else Basis.PRICES


def _mean(runs: QuerySet[Run]) -> Decimal | None:
    """The mean cost of the latest of `runs` that had one."""
    costs = runs.filter(status__in=_ENDED, cost__isnull=False, session_id=None)
    latest = costs.order_by("-created_at", "-id").values_list("cost", flat=True)
    found = [Decimal(cost or 0) for cost in latest[:_LATEST]]
    return sum(found, Decimal(0)) / len(found) if found else None


def _estimate(task: ScheduledTask, agent: Agent) -> Decimal | None:
    """One request with the prompt as it stands, by the price list."""
    options: Mapping[str, Any] = {
        **(agent.options if isinstance(agent.options, dict) else {}),
        **(task.agent_options if isinstance(task.agent_options, dict) else {}),
    }
    model = options.get("model")
    if not isinstance(model, str) or not model:
        return None
    # It takes 30 MB and a good part of a second to load, and few processes ask.
    from genai_prices import Usage, calc_price  # noqa: PLC0415

    texts = (agent.system_prompt, task.system_prompt_override, task.input_message)
    answer = options.get("max_output_tokens")
    usage = Usage(
        input_tokens=sum(map(len, texts)) // _CHARS_PER_TOKEN + 1,
        output_tokens=answer if isinstance(answer, int) and answer > 0 else _ANSWER_TOKENS,
    )  # fmt: skip
    provider = options.get("provider")
    known = provider if provider in ("openai", "anthropic", "google") else None
    try:
        price: Decimal = calc_price(usage, model, provider_id=known).total_price
    except LookupError:
        return None
    return price

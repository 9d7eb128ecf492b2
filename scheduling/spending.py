"""What runs cost: counted when their tries end, and what a try may use of what is left."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce

from scheduling.agents.base import Limits
from scheduling.budgets import Budget, Budgets, Holder, day_of
from scheduling.events import about, record
from scheduling.models import Agent, Event, Run, ScheduledTask, Spending
from scheduling.models.bounds import Bounds
from scheduling.outcome import Outcome

Scope = Spending.Scope
_NOTHING = Decimal(0)
_UPSERT = """
INSERT INTO scheduling_spending (scope, ref, day, cost, tokens, runs) VALUES {rows}
ON CONFLICT (scope, ref, day) DO UPDATE SET
    cost = scheduling_spending.cost + EXCLUDED.cost,
    tokens = scheduling_spending.tokens + EXCLUDED.tokens,
    runs = scheduling_spending.runs + EXCLUDED.runs
"""


@dataclass
class _Used:
    cost: Decimal = _NOTHING
    tokens: int = 0
    runs: int = 0


def add(
    tries: Sequence[Run], outcomes: Mapping[uuid.UUID, Outcome], now: datetime
) -> None:
    """Count what these tries took. In the open transaction; a few queries, however many.

    A run is counted when it is final, and not at all when it took nothing; in a lineage each is.
    A budget that these tries have used up is told as an event.
    """
    tasks = _tasks(tries)
    used: defaultdict[Holder, _Used] = defaultdict(_Used)
    for run in tries:
        usage = outcomes[run.id].usage
        tokens, cost = usage.input_tokens + usage.output_tokens, usage.cost or _NOTHING
        ends_it = run.is_final and bool(
            run.cost or run.input_tokens + run.output_tokens
        )
        for holder in _holders(run, tasks.get(run.task_id or "")):
            in_lineage = holder.scope == Scope.LINEAGE and run.is_final
            if cost or tokens or ends_it or in_lineage:
                entry = used[holder]
                entry.cost += cost
                entry.tokens += tokens
                entry.runs += run.is_final
    if used:
        _upsert(used, day_of(now))
        _tell(tries, tasks, used, now)


def _tasks(tries: Iterable[Run]) -> dict[str, ScheduledTask]:
    columns = (
        "id", "name", "owner", "lineage", "day_cost_limit", "month_cost_limit",
        "agent_options", "agent__backend", "agent__options",
    )  # fmt: skip
    ids = {run.task_id for run in tries if run.task_id}
    tasks = ScheduledTask.objects.select_related("agent").only(*columns)
    return tasks.in_bulk(ids)


def _holders(run: Run, task: ScheduledTask | None) -> Iterator[Holder]:
    yield Holder(Scope.TASK, run.task_ref)
    if run.agent_id:
        yield Holder(Scope.AGENT, run.agent_id)
    if task and (asked := _asked(task)) and asked != run.agent_id:
        yield Holder(Scope.AGENT, asked)
    if task and task.owner_id:
        yield Holder(Scope.OWNER, str(task.owner_id))
    if task and task.lineage:
        yield Holder(Scope.LINEAGE, task.lineage)


def _asked(task: ScheduledTask) -> str:
    """The agent that the one of this task asks, and that does the spending; "" for all others."""
    if task.agent.backend != "message":
        return ""
    asked = {**task.agent.options, **task.agent_options}.get("agent_id")
    return asked if isinstance(asked, str) else ""


def _upsert(used: Mapping[Holder, _Used], day: date) -> None:
    """Add to the rows, in one order, so that two workers cannot wait for each other."""
    when = connection.ops.adapt_datefield_value(day)
    values: list[str | int | Decimal | None] = []
    for (scope, ref), each in sorted(used.items()):
        values += [str(scope), ref, when, each.cost, each.tokens, each.runs]
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(used))
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(rows=rows), values)


def _tell(
    tries: Sequence[Run],
    tasks: Mapping[str, ScheduledTask],
    used: Mapping[Holder, _Used],
    now: datetime,
) -> None:
    """Write an event for each budget that has just been used up.

    The rows of today are locked, so of all that spend only one sees the limit being crossed.
    """
    if not any(each.cost for each in used.values()):
        return
    limited = Agent.objects.filter(
        Q(day_cost_limit__isnull=False) | Q(month_cost_limit__isnull=False)
    )
    agents = limited.only("id", "day_cost_limit", "month_cost_limit").in_bulk(
        {run.agent_id for run in tries if run.agent_id}
    )
    pairs = {
        run: (tasks.get(run.task_id or ""), agents.get(run.agent_id or ""))
        for run in tries
    }
    budgets = Budgets(pairs.values(), now)
    found: dict[tuple[Holder, str], Event] = {}
    for run, (task, agent) in pairs.items():
        for budget in budgets.of(task, agent):
            added = used[budget.holder].cost if budget.holder in used else _NOTHING
            if task and budget.is_used_up and budget.spent - added < budget.limit:
                event = _event(task, run, budget, now)
                found.setdefault((budget.holder, budget.period), event)
    record(found.values())


def _event(task: ScheduledTask, run: Run, budget: Budget, now: datetime) -> Event:
    return about(
        task,
        Event.Kind.BUDGET,
        run=run,
        at=now,
        note=str(budget.words),
        data=budget.as_json(),
    )


# -- what is left for a try


def used_up(tasks: Iterable[ScheduledTask], now: datetime) -> dict[str, Budget]:
    """Return the budget that keeps each of these tasks from running, by task id.

    Their agents must be loaded. At most two queries.
    """
    pairs = [(task, task.agent) for task in tasks]
    budgets = Budgets(pairs, now)
    found: dict[str, Budget] = {}
    for task, agent in pairs:
        if empty := [each for each in budgets.of(task, agent) if each.is_used_up]:
            found[task.id] = max(empty, key=lambda each: each.ends)
    return found


def limits_of(runs: Sequence[Run], now: datetime) -> dict[uuid.UUID, Limits]:
    """Return what each of these claimed runs may use in this try, by run id.

    What its earlier tries took is off. Sets `cost_limit` on the runs; saves nothing.
    """
    shares = _Shares(runs, now)
    found: dict[uuid.UUID, Limits] = {}
    for run in _oldest_first(runs):
        left, _budget = shares.take(run)
        run.cost_limit = None if left is None else (run.cost or _NOTHING) + left
        used = run.input_tokens + run.output_tokens
        found[run.id] = Limits(
            cost=left,
            tokens=_least(run, "run_tokens_limit", used),
            tool_calls=_least(run, "run_tool_calls_limit", run.tool_calls),
        )
    return found


def refused(runs: Sequence[Run], now: datetime) -> dict[uuid.UUID, Budget]:
    """Return the budget that has nothing left for these queued runs, by run id.

    Task and agent must be loaded. What runs under way have set aside counts as spent.
    """
    shares = _Shares(runs, now)
    found: dict[uuid.UUID, Budget] = {}
    for run in _oldest_first(runs):
        _left, budget = shares.take(run)
        if budget is not None:
            found[run.id] = budget
    return found


class _Shares:
    """What is left of the budgets while runs take their shares, one after the other."""

    def __init__(self, runs: Sequence[Run], now: datetime) -> None:
        self._budgets = Budgets([(run.task, run.agent) for run in runs], now)
        self._taken: defaultdict[Holder, Decimal] = defaultdict(Decimal)
        if holders := {budget.holder for budget in self._budgets.all()}:
            self._set_aside(holders, [run.id for run in runs])

    def take(self, run: Run) -> tuple[Decimal | None, Budget | None]:
        """Return what `run` may still cost (None: no limit), and the budget that is empty."""
        budgets = self._budgets.of(run.task, run.agent)
        left = {each: each.left - self._taken[each.holder] for each in budgets}
        own = _least_cost(run)
        sums = [*left.values(), *([] if own is None else [own])]
        if not sums:
            return None, None
        share = max(min(sums), _NOTHING)
        if own is not None:
            for holder in {each.holder for each in budgets}:
                self._taken[holder] += share
        empty = [each for each, amount in left.items() if amount <= 0]
        return share, max(empty, key=lambda each: each.ends, default=None)

    def _set_aside(
        self, holders: Collection[Holder], but: Collection[uuid.UUID]
    ) -> None:
        """Count what runs under way may still cost, of those whose limit says so. One query."""
        refs = {scope: {ref for of, ref in holders if of == scope} for scope in Scope}
        under_way = Run.objects.filter(
            Q(task__run_cost_limit__isnull=False) | Q(agent__run_cost_limit__isnull=False),
            Q(task_id__in=refs[Scope.TASK]) | Q(agent_id__in=refs[Scope.AGENT]) | Q(task__owner_id__in=refs[Scope.OWNER]),
            status=Run.Status.RUNNING, cost_limit__isnull=False,
        ).exclude(id__in=but)  # fmt: skip
        rows = (
            under_way.order_by()
            .values_list("task_id", "agent_id", "task__owner_id")
            .annotate(amount=Sum(F("cost_limit") - Coalesce("cost", Value(_NOTHING))))
        )
        for task_id, agent_id, owner_id, amount in rows:
            for holder in (
                Holder(Scope.TASK, task_id or ""),
                Holder(Scope.AGENT, agent_id or ""),
                Holder(Scope.OWNER, str(owner_id)),
            ):
                self._taken[holder] += max(amount or _NOTHING, _NOTHING)


def _oldest_first(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (run.created_at, run.id))


def _limited_by(run: Run) -> list[Bounds]:
    return [each for each in (run.task, run.agent) if each is not None]


def _least_cost(run: Run) -> Decimal | None:
    """What is left of the run's own limit."""
    limits = [row.run_cost_limit for row in _limited_by(run) if row.run_cost_limit is not None]  # fmt: skip
    return min(limits) - (run.cost or _NOTHING) if limits else None


def _least(run: Run, column: str, used: int) -> int | None:
    limits = [limit for row in _limited_by(run) if (limit := getattr(row, column)) is not None]  # fmt: skip
    return max(min(limits) - used, 0) if limits else None

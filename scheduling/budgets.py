"""Budgets: what a task, an agent and an owner may spend in a day and in a month, and have spent.

Days and months are those of the installation's zone. All sums are `Decimal`, in US dollars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, Sum

from pages.sentence import Sentence
from pages.sentence import Sentence as _
from scheduling.models import Agent, OwnerBudget, ScheduledTask, Spending
from scheduling.models.bounds import PeriodBounds
from scheduling.wall_clock import midnight

DAY, MONTH = "day", "month"
Scope = Spending.Scope
_NOTHING = Decimal(0)
_Bounds = tuple["Holder", str, PeriodBounds]


class Holder(NamedTuple):
    """Whose budget it is: a scope of `Spending`, and the id there."""

    scope: str
    ref: str


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What `holder` may spend in one period, and has spent."""

    holder: Holder
    name: str
    period: str
    limit: Decimal
    spent: Decimal
    begins: datetime
    ends: datetime

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.spent, _NOTHING)

    @property
    def is_used_up(self) -> bool:
        return self.spent >= self.limit

    @property
    def words(self) -> Sentence:
        """Why nothing more is spent from it."""
        template = (
            _("%(budget)s is used up: %(spent)s of %(limit)s US dollars, until %(until)s.")
            if self.is_used_up
            else _("What is left of a budget is set aside for runs under way. %(budget)s: %(spent)s of %(limit)s US dollars are spent, until %(until)s.")
        )  # fmt: skip
        return Sentence(
            str(template),
            budget=self._title,
            spent=money(self.spent),
            limit=money(self.limit),
            until=f"{self.ends:%Y-%m-%d %H:%M} ({zone().key})",
        )

    @property
    def _title(self) -> Sentence:
        titles = {
            (Scope.TASK, DAY): _("The task's budget of the day"),
            (Scope.TASK, MONTH): _("The task's budget of the month"),
            (Scope.AGENT, DAY): _("The day's budget of the agent “%(name)s”", name=self.name),
            (Scope.AGENT, MONTH): _("The month's budget of the agent “%(name)s”", name=self.name),
            (Scope.OWNER, DAY): _("The day's budget of the owner %(name)s", name=self.name),
            (Scope.OWNER, MONTH): _("The month's budget of the owner %(name)s", name=self.name),
        }  # fmt: skip
        return titles[Scope(self.holder.scope), self.period]

    def as_json(self) -> dict[str, Any]:
        """Return it as the data of an event."""
        return {
            "scope": str(self.holder.scope),
            "ref": self.holder.ref,
            "period": self.period,
            "limit": money(self.limit),
            "spent": money(self.spent),
            "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat(),
        }


class Budgets:
    """The budgets that these tasks and agents are held to, read at once: at most two queries."""

    def __init__(
        self,
        pairs: Iterable[tuple[ScheduledTask | None, Agent | None]],
        now: datetime,
    ) -> None:
        known = list(pairs)
        owners = {task.owner_id for task, _agent in known if task and task.owner_id}
        rows = OwnerBudget.objects.filter(owner_id__in=owners).select_related("owner")
        self._owners = {row.owner_id: row for row in rows} if owners else {}
        bounds = {
            each[0]: each for task, agent in known for each in self._bounds(task, agent)
        }
        self._found = _read(bounds, now)

    def of(self, task: ScheduledTask | None, agent: Agent | None) -> list[Budget]:
        """Return those that a run of `task` by `agent` is paid from."""
        return [
            budget
            for holder, _name, _row in self._bounds(task, agent)
            for budget in self._found.get(holder, ())
        ]

    def all(self) -> list[Budget]:
        """Return all of them."""
        return [budget for budgets in self._found.values() for budget in budgets]

    def _bounds(self, task: ScheduledTask | None, agent: Agent | None) -> list[_Bounds]:
        found: list[_Bounds] = []
        if task is not None:
            found.append((Holder(Scope.TASK, task.id), task.name, task))
            if owned := self._owners.get(task.owner_id or 0):
                holder = Holder(Scope.OWNER, str(owned.owner_id))
                found.append((holder, owned.owner.get_username(), owned))
        if agent is not None:
            found.append((Holder(Scope.AGENT, agent.id), agent.id, agent))
        return [each for each in found if _limits(each[2])]


def zone() -> ZoneInfo:
    """The installation's own."""
    return ZoneInfo(settings.SCHEDULING.default_timezone)


def day_of(now: datetime) -> date:
    """The installation's day at `now` (aware)."""
    return now.astimezone(zone()).date()


def month_after(first: date) -> date:
    """The first day of the month after the one that `first` begins."""
    return (first + timedelta(days=31)).replace(day=1)


def money(amount: Decimal | int) -> str:
    """US dollars as text, with two decimals or as many as there are: `0.50`, `0.0004`."""
    text = f"{amount:.8f}".rstrip("0")
    whole, _dot, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def _limits(row: PeriodBounds) -> dict[str, Decimal]:
    limits = {DAY: row.day_cost_limit, MONTH: row.month_cost_limit}
    return {period: limit for period, limit in limits.items() if limit is not None}


def _read(bounds: Mapping[Holder, _Bounds], now: datetime) -> dict[Holder, list[Budget]]:  # fmt: skip
    if not bounds:
        return {}
    here, today = zone(), day_of(now)
    first = today.replace(day=1)
    spans = {
        DAY: (today, today + timedelta(days=1)),
        MONTH: (first, month_after(first)),
    }
    spent = _spent(bounds, today)
    return {
        holder: [
            Budget(
                holder=holder,
                name=name,
                period=period,
                limit=Decimal(limit),
                spent=spent.get(holder, {}).get(period) or _NOTHING,
                begins=midnight(spans[period][0], here).astimezone(here),
                ends=midnight(spans[period][1], here).astimezone(here),
            )
            for period, limit in _limits(row).items()
        ]
        for holder, name, row in bounds.values()
    }


def _spent(
    holders: Iterable[Holder], today: date
) -> dict[Holder, dict[str, Decimal | None]]:
    """What each has spent today and in this month. One query."""
    refs: dict[str, list[str]] = {}
    for scope, ref in holders:
        refs.setdefault(scope, []).append(ref)
    of_them = Q()
    for scope, those in refs.items():
        of_them |= Q(scope=scope, ref__in=those)
    rows = (
        Spending.objects.filter(of_them, day__gte=today.replace(day=1), day__lte=today)
        .order_by()
        .values_list("scope", "ref")
        .annotate(of_day=Sum("cost", filter=Q(day=today)), of_month=Sum("cost"))
    )
    return {Holder(scope, ref): {DAY: day, MONTH: month} for scope, ref, day, month in rows}  # fmt: skip

"""What was spent in a month, by agent, owner and task, beside what may be spent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, Sum

from scheduling.budgets import Holder, month_after
from scheduling.models import Agent, OwnerBudget, ScheduledTask, Spending
from scheduling.models.bounds import PeriodBounds

Scope = Spending.Scope
SCOPES = (Scope.AGENT, Scope.OWNER, Scope.TASK)
#: So many of each are shown, those that cost most.
MOST = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one has spent. `name` is empty when it is gone."""

    holder: Holder
    name: str
    cost: Decimal
    tokens: int
    runs: int
    day_limit: Decimal | None = None
    month_limit: Decimal | None = None

    @property
    def percent(self) -> int | None:
        """How much of the month's limit is spent; None without one."""
        limit = self.month_limit
        return None if limit is None else int(self.cost * 100 / limit)


def report(month: date) -> dict[str, list[Line]]:
    """Return the lines of the month that begins on `month`, by scope, the dearest first.

    Who has a limit and spent nothing has a line too. Seven queries at the most.
    """
    found: dict[str, list[Line]] = {}
    for scope in SCOPES:
        rows = _spent(scope, month)
        names, bounds = _bounds(scope, [row["ref"] for row in rows])
        lines = [_line(Holder(scope, row["ref"]), row, names, bounds) for row in rows]
        known = {row["ref"] for row in rows}
        nothing = {"cost": Decimal(0), "tokens": 0, "runs": 0}
        lines += [
            _line(Holder(scope, ref), nothing, names, bounds)
            for ref in sorted(bounds.keys() - known)
        ]
        found[scope.value] = lines[:MOST]
    return found


def _spent(scope: str, month: date) -> list[dict[str, Any]]:
    rows = Spending.objects.filter(
        scope=scope, day__gte=month, day__lt=month_after(month)
    )
    sums = rows.order_by().values("ref").annotate(
        cost=Sum("cost"), tokens=Sum("tokens"), runs=Sum("runs")
    )  # fmt: skip
    return [dict(row) for row in sums.order_by("-cost", "-tokens", "ref")[:MOST]]


def _bounds(
    scope: str, refs: list[str]
) -> tuple[Mapping[str, str], Mapping[str, PeriodBounds]]:
    """The names of these, and the limits of all that have one."""
    limited = Q(day_cost_limit__isnull=False) | Q(month_cost_limit__isnull=False)
    if scope == Scope.OWNER:
        ids = [int(ref) for ref in refs if ref.isdigit()]
        users = get_user_model().objects.filter(pk__in=ids)
        budgets = OwnerBudget.objects.filter(limited).select_related("owner")[:MOST]
        of_owners = {str(row.owner_id): row for row in budgets}
        names = {str(user.pk): user.get_username() for user in users}
        names |= {ref: row.owner.get_username() for ref, row in of_owners.items()}
        return names, of_owners
    model: Any = Agent if scope == Scope.AGENT else ScheduledTask
    columns = ("id", "name", "day_cost_limit", "month_cost_limit")
    of_them = {row.id: row for row in model.objects.filter(id__in=refs).only(*columns)}
    for row in model.objects.filter(limited).only(*columns).order_by("id")[:MOST]:
        of_them[row.id] = row
    return (
        {ref: row.name for ref, row in of_them.items()},
        {
            ref: row
            for ref, row in of_them.items()
            if row.day_cost_limit is not None or row.month_cost_limit is not None
        },
    )


def _line(
    holder: Holder,
    used: Mapping[str, Any],
    names: Mapping[str, str],
    bounds: Mapping[str, PeriodBounds],
) -> Line:
    row = bounds.get(holder.ref)
    return Line(
        holder=holder,
        name=names.get(holder.ref, ""),
        cost=used["cost"],
        tokens=used["tokens"],
        runs=used["runs"],
        day_limit=row.day_cost_limit if row else None,
        month_limit=row.month_cost_limit if row else None,
    )

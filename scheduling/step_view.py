"""What a run does on its way, as its page and the API show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from scheduling.agents.base import Usage
from scheduling.models import Run, Step

SHOWN = 200
"""As many steps the page shows, the latest."""
_TRY = 10_000
"""More than a try has steps: cursor = try * _TRY + number of the step in it."""


@dataclass(frozen=True)
class Line:
    """A step, how long after the begin of its try it began, and how long it took."""

    step: Step
    after: timedelta
    took: timedelta | None


@dataclass(frozen=True)
class Shown:
    """The latest steps of a run, how many stand before them, and what was used until now."""

    lines: Sequence[Line]
    earlier: int
    usage: Usage | None


def latest(run: Run) -> Shown:
    """Return what the page of a run shows. One query, at most three for a run that has steps."""
    rows = list(run.steps.order_by("-attempt", "-number")[: SHOWN + 1])
    earlier = run.steps.count() - SHOWN if len(rows) > SHOWN else 0
    rows = rows[:SHOWN][::-1]
    _end_broken_off(run, rows)
    return Shown(_lines(run, rows), earlier, usage_so_far(run) if rows else None)


def _lines(run: Run, rows: Sequence[Step]) -> list[Line]:
    """Of earlier tries it is not known when they began: their first step stands for that."""
    begun: dict[int, datetime] = {}
    if run.started_at is not None:
        begun[run.attempt] = run.started_at
    lines = []
    for row in rows:
        first = begun.setdefault(row.attempt, row.started_at)
        is_long = row.kind != Step.Kind.PROGRESS and row.ended_at is not None
        took = (
            max(row.ended_at - row.started_at, timedelta(0))
            if is_long and row.ended_at
            else None
        )
        lines.append(Line(row, max(row.started_at - first, timedelta(0)), took))
    return lines


def following(run: Run, *, after: int, most: int) -> tuple[list[Step], int]:
    """Return up to `most` steps behind the cursor `after`, and the cursor to go on with.

    That stands before the first step which goes on, so that its end is seen too.
    """
    attempt, number = divmod(after, _TRY)
    behind = Q(attempt__gt=attempt) | Q(attempt=attempt, number__gt=number)
    rows = list(run.steps.filter(behind).order_by("attempt", "number")[:most])
    _end_broken_off(run, rows)
    then = after
    for row in rows:
        if row.status == Step.Status.RUNNING:
            break
        then = row.attempt * _TRY + row.number
    return rows, then


def usage_so_far(run: Run) -> Usage | None:
    """Return what a running run has taken until now, its earlier tries too; None: not running."""
    if run.status != Run.Status.RUNNING:
        return None
    model = Q(kind=Step.Kind.MODEL)
    ended: dict[str, Any] = _of_try(run).aggregate(
        requests=Count("id", filter=model),
        tool_calls=Count("id", filter=Q(kind=Step.Kind.TOOL)),
        input=Sum("input_tokens", default=0),
        output=Sum("output_tokens", default=0),
        cost=Sum("cost"),
    )
    costs = [each for each in (run.cost, ended["cost"]) if each is not None]
    return Usage(
        requests=run.requests + ended["requests"],
        input_tokens=run.input_tokens + ended["input"],
        output_tokens=run.output_tokens + ended["output"],
        tool_calls=run.tool_calls + ended["tool_calls"],
        cost=sum(costs) if costs else None,  # type: ignore[arg-type]
        model=run.model,
    )


def _of_try(run: Run) -> QuerySet[Step]:
    steps = run.steps.filter(attempt=run.attempt)
    return steps.exclude(status=Step.Status.RUNNING)


def _end_broken_off(run: Run, rows: Sequence[Step]) -> None:
    """Show as failed what went on when its worker died: nobody was left to write its end."""
    for row in rows:
        is_over = run.status != Run.Status.RUNNING or row.attempt != run.attempt
        if row.status == Step.Status.RUNNING and is_over:
            row.status, row.result = Step.Status.FAILED, "Its worker fell silent."

"""The cycle that a run belongs to, as pages and the API show it."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from scheduling import cycles
from scheduling.cycle_plan import levels, parents_of
from scheduling.history import LONG_COLUMNS
from scheduling.models import Dependency, Run

_CONDITIONS: dict[str, Any] = dict(Dependency.When.choices)


@dataclass(frozen=True)
class Parent:
    """A task that a run comes after; `condition` is said in words."""

    run: Run
    when: str

    @property
    def condition(self) -> Any:
        return _CONDITIONS.get(self.when, self.when)

    @property
    def is_usual(self) -> bool:
        return self.when == Dependency.When.SUCCEEDED


@dataclass(frozen=True)
class Member:
    """The run of one task that counts; `made` is how many there have been in this cycle."""

    run: Run
    level: int
    made: int
    parents: Sequence[Parent]

    @property
    def waits_for(self) -> list[Run]:
        """The parents that have not ended, of a run that is held."""
        if self.run.waits_for != Run.WaitsFor.PARENTS:
            return []
        return [parent.run for parent in self.parents if not parent.run.is_final]


@dataclass(frozen=True)
class Cycle:
    """The runs that follow one another, in their order."""

    members: Sequence[Member]

    @property
    def is_open(self) -> bool:
        return any(not member.run.is_final for member in self.members)

    @property
    def ended(self) -> int:
        return sum(member.run.is_final for member in self.members)

    @property
    def levels(self) -> list[list[Member]]:
        """Those that may run side by side stand together."""
        by_level = groupby(self.members, key=lambda member: member.level)
        return [list(group) for _, group in by_level]

    def member(self, run: Run) -> Member | None:
        """The place of `run`, or of the run that has taken its place."""
        return next((m for m in self.members if m.run.task_ref == run.task_ref), None)


def cycle_of(run: Run, *, among: QuerySet[Run] | None = None) -> Cycle | None:
    """The cycle of `run`, None when it is in none. One query, two with `among`: the runs
    that the reader may see, the others are left out.
    """
    if not (run.root_id or run.edges):
        return None
    root_id = run.root_id or run.id
    rows = list(cycles.runs_of([root_id]).defer(*LONG_COLUMNS))
    root = next((row for row in rows if row.id == root_id), run)
    shown = _ids(rows, among)
    latest = {row.task_ref: row for row in rows if row.id in shown}
    made = Counter(row.task_ref for row in rows)
    edges = cycles.edges_of(root)
    steps, parents = levels(edges, latest), parents_of(edges, latest)
    members = [
        Member(
            run=row,
            level=steps.get(task_id, 0),
            made=made[task_id],
            parents=[
                Parent(latest[p], when) for p, when in parents.get(task_id, {}).items()
            ],
        )
        for task_id, row in latest.items()
    ]
    return Cycle(
        sorted(members, key=lambda member: (member.level, member.run.task_name))
    )


def _ids(rows: Sequence[Run], among: QuerySet[Run] | None) -> set[uuid.UUID]:
    ids = {row.id for row in rows}
    if among is None:
        return ids
    return set(among.filter(id__in=ids).values_list("id", flat=True))

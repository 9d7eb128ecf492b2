"""What a slot does when something of its task is still under way: the overlap policies.

Under way is every active run of the task's lane and every cycle that the task began, whether
they run, wait for a worker or wait for others; backfills have a lane of their own.

Missed slots that run under catch-up `all` take turns whatever the policy (but `allow`): each
waits for the one before it, and so does the slot in time behind them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling import waiting
from scheduling.lifecycle import request_cancels
from scheduling.models import Run, ScheduledTask
from scheduling.slots import Gap, Wanted, merged

Skip = Run.SkipReason
Overlap = ScheduledTask.Overlap


class Active(NamedTuple):
    """A run that is under way."""

    id: uuid.UUID
    task_id: str | None
    root_id: uuid.UUID | None
    root_task_id: str | None
    status: str
    waits_for: str
    scheduled_for: datetime | None


@dataclass(frozen=True, kw_only=True)
class Start:
    """A slot that becomes a run. `waits`: for the run before it."""

    slot: datetime
    caught_up: bool
    waits: bool


@dataclass
class Turns:
    """What became of a task's wanted slots, and what is to be stopped for them."""

    pieces: list[Gap | Start] = field(default_factory=list)
    victims: list[Active] = field(default_factory=list)
    note: str = ""

    @property
    def starts(self) -> list[Start]:
        return [piece for piece in self.pieces if isinstance(piece, Start)]


def under_way(task_ids: Collection[str]) -> dict[str, list[Active]]:
    """Return what is under way of each task, backfills left out. Two queries.

    A cycle in which all that is left is held waits for an approval: slots do not wait for that.
    """
    found: dict[str, dict[uuid.UUID, Active]] = {}
    own, cycles = waiting.under_way(task_ids, backfills=False)
    for rows, of_root in ((own, False), (cycles, True)):
        for values in rows.values_list(
            "id", "task_id", "root_id", "root__task_id", "status", "waits_for", "scheduled_for"
        ):  # fmt: skip
            run = Active(*values)
            owner = run.root_task_id if of_root else run.task_id
            found.setdefault(owner or "", {})[run.id] = run
    return {
        task_id: _moving(task_id, list(runs.values()))
        for task_id, runs in found.items()
    }


def _moving(task_id: str, runs: Sequence[Active]) -> list[Active]:
    """Leave out the cycles that this task began in which every run is held."""
    moving = {
        run.root_id or run.id for run in runs if run.waits_for != Run.WaitsFor.PARENTS
    }
    return [run for run in runs if run.root_task_id != task_id or run.root_id in moving]


def take_turns(
    task: ScheduledTask, pieces: Iterable[Gap | Wanted], active: Sequence[Active]
) -> Turns:
    """Decide about the wanted slots, oldest first, by the overlap policy and `max_runs`."""
    pieces = list(pieces)
    turns = _Turns(task, pieces, active)
    done = Turns(pieces=merged([turns.decide(piece) for piece in pieces]))
    if turns.replaces:
        done.victims, done.note = list(active), turns.replaced_note
    return done


class _Turns:
    """The state of the lane while the slots of one batch take their turns."""

    def __init__(
        self,
        task: ScheduledTask,
        pieces: Sequence[Gap | Wanted],
        active: Sequence[Active],
    ) -> None:
        wanted = [piece for piece in pieces if isinstance(piece, Wanted)]
        caught_up = any(each.caught_up for each in wanted)
        self._task = task
        self._policy = task.overlap
        self._one_by_one = (
            caught_up
            and task.catch_up == task.CatchUp.ALL
            and self._policy != Overlap.ALLOW
        )
        self._newest = wanted[-1].slot if wanted else None
        self._active = active
        self._busy = bool(active)
        self._waiting = sum(
            run.waits_for == Run.WaitsFor.PREVIOUS and run.task_id == task.id
            for run in active
        )
        self._left = (
            None
            if task.max_runs is None
            else max(task.max_runs - task.scheduled_runs, 0)
        )
        self.replaces = False

    @property
    def replaced_note(self) -> str:
        """What those are told that make room for the newest slot."""
        return f"Replaced by the run of {_local(self._newest, self._task)}."

    def decide(self, piece: Gap | Wanted) -> Gap | Start:
        """Return what becomes of the next slot."""
        if isinstance(piece, Gap):
            return piece
        if why := self._turned_away(piece):
            return _skipped(Skip.OVERLAP, why, piece.slot)
        if self._left == 0:
            note = f"The schedule has started its {self._task.max_runs} runs."
            return _skipped(Skip.LIMIT, note, piece.slot)
        return self._start(piece)

    def _turned_away(self, piece: Wanted) -> str:
        """Why the policy leaves this slot out; empty when it does not."""
        if self._one_by_one or self._policy == Overlap.ALLOW:
            return ""
        if self._policy == Overlap.REPLACE:
            return "" if piece.slot == self._newest else self.replaced_note
        if self._policy == Overlap.QUEUE:
            return "One run is waiting already." if self._waiting else ""
        return _still_there(self._active, self._task) if self._busy else ""

    def _start(self, piece: Wanted) -> Start:
        waits = self._busy and self._policy != Overlap.ALLOW
        if self._policy == Overlap.REPLACE and not self._one_by_one:
            self.replaces = bool(self._active)
            waits = any(run.status == Run.Status.RUNNING for run in self._active)
        if self._left is not None:
            self._left -= 1
        self._busy = True
        self._waiting += waits
        return Start(slot=piece.slot, caught_up=piece.caught_up, waits=waits)


def _skipped(reason: Run.SkipReason, note: str, slot: datetime) -> Gap:
    return Gap(reason=reason, note=note, first=slot, last=slot)


def _still_there(active: Sequence[Active], task: ScheduledTask) -> str:
    slots = [run.scheduled_for for run in active if run.scheduled_for]
    if not slots:
        return "A run was still under way."
    return f"The run of {_local(min(slots), task)} was still under way."


def _local(slot: datetime | None, task: ScheduledTask) -> str:
    if slot is None:
        return "a later slot"
    return f"{slot.astimezone(ZoneInfo(task.timezone)):%Y-%m-%d %H:%M:%S}"


# -- replacing


def hold(all_turns: Collection[Turns], held: Collection[str]) -> list[Turns]:
    """Lock what is to be stopped. Returns those of which something is being moved just now.

    `held` are the tasks that the caller has locked, in whatever order: nothing is waited for
    here, so that two transactions cannot wait for each other. Four queries.
    """
    victims = [run for turns in all_turns for run in turns.victims]
    if not victims:
        return []
    ids = {each for run in victims for each in (run.id, run.root_id) if each}
    behind = waiting.held_tasks(ids)
    tasks = {each for run in victims for each in (run.task_id, run.root_task_id)}
    tasks |= {each for those in behind.values() for each in those}
    rows = ScheduledTask.objects.select_for_update(skip_locked=True, no_key=True)
    locked: set[object] = {None, *held}
    locked.update(
        rows.filter(id__in=tasks - locked).order_by("id").values_list("id", flat=True)
    )
    runs = Run.objects.select_for_update(skip_locked=True).order_by("id")
    locked.update(runs.filter(id__in=ids).values_list("id", flat=True))
    return [
        turns
        for turns in all_turns
        if any(_moved_with(run, behind) - locked for run in turns.victims)
    ]


def _moved_with(run: Active, behind: Mapping[uuid.UUID, set[str]]) -> set[object]:
    """The runs and tasks that stopping `run` touches."""
    tops = [each for each in (run.id, run.root_id) if each]
    return {*run[:4]}.union(*(behind.get(top, ()) for top in tops))


def stop(all_turns: Iterable[Turns]) -> set[uuid.UUID]:
    """Ask the victims to end, in one call for each note. Returns which are still running."""
    by_note: dict[str, set[uuid.UUID]] = {}
    for turns in all_turns:
        if turns.victims:
            by_note.setdefault(turns.note, set()).update(r.id for r in turns.victims)
    ids = set().union(*by_note.values())
    if not ids:
        return set()
    rows = Run.objects.filter(id__in=ids, status=Run.Status.RUNNING)
    running = dict(rows.values_list("id", "cancel_requested_at"))
    asked = {run_id for run_id, at in running.items() if at is not None}
    for note, of_note in sorted(by_note.items()):
        request_cancels(of_note - asked, note=note)
    return set(running)

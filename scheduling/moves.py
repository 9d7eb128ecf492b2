"""One task's step in a batch of dispatch: its slots sorted out, its rows, its next plan."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from scheduling import blocking, gaps, gates, jitter, planning
from scheduling.budgets import Budget
from scheduling.events import about
from scheduling.gates import INSTANT, Obstacle
from scheduling.models import Event, Run, ScheduledTask
from scheduling.new_runs import new_run
from scheduling.overlap import Active, Start, Turns, take_turns
from scheduling.schedule import Schedule
from scheduling.slots import CatchUp, Due, Gap, last_due, sort_out
from scheduling.windows import Window, covering

Skip = Run.SkipReason


@dataclass(kw_only=True)
class Slots:
    """What the database says about a task and its due slots."""

    active: Sequence[Active] = ()
    known: Collection[datetime] = frozenset()
    windows: Sequence[Window] = ()
    open_row: Run | None = None
    lineage: Obstacle | None = None
    """What keeps a task from firing that an agent made."""
    unpaid: Budget | None = None
    """The budget that is used up."""
    early: bool = False


@dataclass(kw_only=True)
class Move:
    """What was decided about a task, and after `finish` its rows. The task is not saved."""

    task: ScheduledTask
    schedule: Schedule
    last: datetime | None
    """The last slot that is known now; None: none was due."""
    turns: Turns
    slots: Slots
    now: datetime
    pause_row: Run | None = None
    resumed: datetime | None = None
    """When its pause ended by itself, if it did."""
    runs: list[Run] = field(default_factory=list)
    skipped: list[Run] = field(default_factory=list)
    grown: Run | None = None
    events: list[Event] = field(default_factory=list)

    def finish(self, running: Collection[uuid.UUID]) -> None:
        """Make the rows and the events and plan the task. `running`: what was asked to stop."""
        if self.resumed is not None:
            self._resume()
        for piece in self.turns.pieces:
            if isinstance(piece, Start):
                self.runs.append(self._run(piece, running))
                self._close_gap()
            else:
                self._leave_out(piece)
        self._tell()
        self.task.scheduled_runs += len(self.runs)
        self.task.schedule_error = ""
        self._plan()

    def _plan(self) -> None:
        if self.last is not None:
            following = self.schedule.next_after(self.last)
            planning.move_to(self.task, self.schedule, following)
        elif self.resumed is not None:
            planning.plan(self.task, self.resumed - INSTANT)
        elif self.task.active:
            planning.plan(self.task, self.now)
        else:
            planning.rest(self.task)

    def _close_gap(self) -> None:
        self.task.gap_run = self.slots.open_row = None

    def _resume(self) -> None:
        resume(self.task)
        self._close_gap()
        if self.pause_row is not None:
            self.skipped.append(self.pause_row)

    def _run(self, start: Start, running: Collection[uuid.UUID]) -> Run:
        task, now = self.task, self.now
        run = new_run(task, Run.Trigger.SCHEDULE, now, scheduled_for=start.slot)
        run.caught_up = start.caught_up
        run.next_attempt_at = self._starts_at(start)
        waits = start.waits
        if self.turns.victims:  # what was running a moment ago may have ended
            waits = any(victim.id in running for victim in self.turns.victims)
        if waits:
            run.waits_for = Run.WaitsFor.PREVIOUS
        if waits or run.next_attempt_at > now:
            run.rung_at = None
        if now - self._due(start.slot) > grace_of(task):
            run.late_at = now
        return run

    def _starts_at(self, start: Start) -> datetime:
        spread = self.task.catch_up_spread_seconds
        if start.caught_up and spread:
            seconds = jitter.delay(f"catch-up {self.task.id}", start.slot, spread)
            return self.now + timedelta(seconds=seconds)
        return max(self.now, self._due(start.slot)) if self.slots.early else self.now

    def _due(self, slot: datetime) -> datetime:
        return self.schedule.due(slot)

    def _leave_out(self, gap: Gap) -> None:
        before = self.slots.open_row
        if before is not None and gaps.continues(gap, before):
            gaps.grow(before, gap, self.now)
            self.grown = before
            return
        self.slots.open_row = None
        row = gaps.row(self.task, gap, self.now)
        self.skipped.append(row)
        self.task.gap_run = row.id if gaps.lasts(gap) else None

    def _tell(self) -> None:
        missed = [
            piece
            for piece in self.turns.pieces
            if isinstance(piece, Gap) and piece.reason == Skip.MISSED
        ]
        if missed:
            self.events.append(self._missed_event(missed))
        late = [run for run in self.runs if run.late_at]
        if late:
            self.task.late_since = self.task.late_since or self.now
            self.events.append(self._late_event(late))

    def _missed_event(self, missed: Sequence[Gap]) -> Event:
        first, last = missed[0].first, missed[-1].last
        count = sum(gap.count for gap in missed)
        data = {"count": count, "first": first.isoformat(), "last": last.isoformat()}
        return about(
            self.task,
            Event.Kind.MISSED,
            slot=first,
            at=self.now,
            note=f"{missed[-1].note} Slots: {count}.",
            data=data,
        )

    def _late_event(self, late: Sequence[Run]) -> Event:
        oldest = late[0]
        due = self._due(oldest.scheduled_for or self.now)
        data = {"seconds": round((self.now - due).total_seconds()), "runs": len(late)}
        return about(
            self.task,
            Event.Kind.LATE,
            run=oldest,
            slot=oldest.scheduled_for,
            at=self.now,
            data=data,
        )


def begin_move(task: ScheduledTask, slots: Slots, now: datetime) -> Move:
    """Decide what becomes of the due slots of `task`, which is not changed yet.

    Raises what the schedule raises when the row holds nonsense.
    """
    schedule = task.schedule
    first, due_at = task.next_slot, task.due_at
    move = Move(
        task=task, schedule=schedule, last=None, turns=Turns(), slots=slots, now=now
    )
    if not task.active:
        if task.resume_at is None or task.resume_at > now:
            return move
        first = schedule.next_after(task.resume_at - INSTANT)
        due_at = None if first is None else schedule.due(first)
        _end_pause(move, task.resume_at)
    if first is None or due_at is None or not _is_due(first, due_at, slots, now):
        return move
    move.last = last_due(schedule, first, now, early=slots.early)
    due = Due(
        schedule=schedule,
        first=first,
        last=move.last,
        due_at=due_at,
        now=now,
        windows=slots.windows,
        shut=_shut(task, slots.windows, now) or slots.lineage or _unpaid(slots.unpaid),
        known=slots.known,
    )
    pieces = sort_out(due, _catch_up(task))
    move.turns = take_turns(task, pieces, slots.active)
    return move


def resume(task: ScheduledTask) -> None:
    """Make it active, and forget the pause and the failures that were its cause; saves nothing."""
    task.active, task.pause_note = True, ""
    task.paused_at = task.paused_by = task.resume_at = None
    limit = task.pause_after_failures
    if limit is not None and task.consecutive_failures >= limit:
        task.consecutive_failures = 0


def grace_of(task: ScheduledTask) -> timedelta:
    """How much later than it was due a run may start before it is late."""
    seconds = task.grace_seconds
    return timedelta(
        seconds=settings.SCHEDULING.grace_seconds if seconds is None else seconds
    )


def _end_pause(move: Move, resume_at: datetime) -> None:
    """Its pause ended by itself at `resume_at`; a slot at that instant runs."""
    task = move.task
    move.resumed = resume_at
    move.pause_row = gaps.paused_row(task, move.schedule, resume_at - INSTANT, move.now)
    paused_at = task.paused_at.isoformat() if task.paused_at else None
    move.events.append(
        about(
            task,
            Event.Kind.RESUMED,
            slot=resume_at,
            at=move.now,
            note=task.pause_note,
            data={"paused_at": paused_at},
        )
    )


def _is_due(first: datetime, due_at: datetime, slots: Slots, now: datetime) -> bool:
    return due_at <= now or (slots.early and first <= now)


def _shut(
    task: ScheduledTask, windows: Sequence[Window], now: datetime
) -> Obstacle | None:
    """Why nothing of `task` fires now, whenever its slots were."""
    if window := covering(windows, now):
        return gates.blackout(window)
    if not task.agent.active:
        return Obstacle(Skip.PAUSED, f"The agent “{task.agent_id}” is switched off.")
    if task.agent.blocked_at:
        return Obstacle(Skip.BLOCKED, blocking.note_of(task.agent))
    return None


def _unpaid(budget: Budget | None) -> Obstacle | None:
    return None if budget is None else Obstacle(Skip.BUDGET, str(budget.words))


def _catch_up(task: ScheduledTask) -> CatchUp:
    window = task.catch_up_window_seconds
    return CatchUp(
        policy=task.catch_up,
        missed_after=timedelta(seconds=settings.SCHEDULING.missed_after_seconds),
        cap=task.catch_up_cap,
        window=None if window is None else timedelta(seconds=window),
    )

"""The ledger's answer: what became of a slot, or why there was none.

A slot that the engine took on has a row (`Run`), and a row outranks whatever the schedule says
now. Rows of scheduled slots stand one after the other in time: if a skipped row that stands for
several slots covers a moment, it is the latest one that begins at or before it. What has no row
is still to come, lies in a pause, before the task or after its end, or was pruned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from scheduling import history
from scheduling.models import Run, ScheduledTask
from scheduling.moments import INSTANT, open_slots, precision
from scheduling.schedule import Schedule, ScheduleError

MAX_ANSWERS = 200
_MOST_ROWS = 50
"""Of one slot that are looked at: its run, backfills and reruns."""
_NEAR = timedelta(days=5 * 366)
_FAR = timedelta(days=366)
"""How far ahead the end of a task's runs is looked for."""
_MOST_FORESEEN = 1000
_FIRST = {Run.Trigger.SCHEDULE: 0, Run.Trigger.BACKFILL: 1}


class Kind(StrEnum):
    """What became of a slot."""

    RAN = "ran"
    RUNNING = "running"
    QUEUED = "queued"
    SKIPPED = "skipped"
    UPCOMING = "upcoming"
    PAUSED = "paused"
    FINISHED = "finished"
    BEFORE_CREATION = "before_creation"
    NOT_A_SLOT = "not_a_slot"
    UNKNOWN = "unknown"


class Because(StrEnum):
    """Why, where the kind leaves it open."""

    NOTHING = ""
    CLOSED_DAY = "closed_day"
    DUE = "due"
    RUNS_USED_UP = "runs_used_up"
    ENDED = "ended"
    SET_ASIDE = "set_aside"
    PRUNED = "pruned"
    OTHER_SCHEDULE = "other_schedule"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the ledger says about one slot (UTC); `scheduling.ledger_words` says it in words.

    `runs` are the slot's, the scheduled one first. A row that stands for several slots answers
    for them all, from `first_slot` to `last_slot`. `nearest` are the slots around no slot.
    """

    slot: datetime
    kind: Kind
    because: Because = Because.NOTHING
    runs: Sequence[Run] = ()
    slots: int = 1
    first_slot: datetime | None = None
    last_slot: datetime | None = None
    due_at: datetime | None = None
    nearest: Sequence[datetime] = ()

    @property
    def until(self) -> datetime:
        """The last slot that it answers for."""
        return self.last_slot or self.slot


def what_happened(task: ScheduledTask, at: datetime) -> Answer:
    """Say what became of the slot at `at` (aware). Two queries, three if nothing is there.

    07:00 is the whole minute: a slot of its 8th second is meant too.
    """
    return _Ledger(task).what_happened(at)


def between(
    task: ScheduledTask, from_at: datetime, until_at: datetime, limit: int = MAX_ANSWERS
) -> list[Answer]:
    """Say it for the slots from `from_at` to `until_at` (both included), the first `limit`.

    Slots that were skipped together are one answer. Three queries, however many answers.
    """
    return list(islice(_Ledger(task).between(from_at, until_at, limit), limit))


class _Ledger:
    """The slots of one task, as things stand now."""

    def __init__(self, task: ScheduledTask) -> None:
        self.task, self.now = task, timezone.now()

    @cached_property
    def schedule(self) -> Schedule | None:
        """None when the row holds nonsense."""
        try:
            return self.task.schedule
        except ScheduleError:
            return None

    def what_happened(self, at: datetime) -> Answer:
        end = at + (precision(at, self.schedule.zone) if self.schedule else INSTANT)
        rows = self._rows(at, end - INSTANT)[:_MOST_ROWS]
        slot = self._meant(at, end, [run.scheduled_for for run in rows])
        if own := [run for run in rows if run.scheduled_for == slot]:
            return _of_rows(slot or at, own)
        if slot is None:
            return self._no_slot(at)
        covering = self._scheduled_before(slot)
        return self._without_rows(slot, covering)

    def between(self, start: datetime, end: datetime, limit: int) -> Iterator[Answer]:
        asked = self._rows(start, end).values_list("scheduled_for", flat=True)
        slots: list[Any] = list(asked.order_by("scheduled_for").distinct()[:limit])
        rows: dict[Any, list[Run]] = {slot: [] for slot in slots}
        if slots:
            for run in self._rows(slots[0], slots[-1])[: limit * _MOST_ROWS]:
                rows[run.scheduled_for].append(run)
        latest = self._scheduled_before(start)
        position = start - INSTANT
        while (slot := self._next(position, slots)) is not None and slot <= end:
            if own := rows.get(slot):
                answer = _of_rows(slot, own)
                latest = next((run for run in own if _is_scheduled(run)), latest)
            else:
                answer = self._without_rows(slot, latest)
            following = next((each for each in slots if each > slot), None)
            stop = min(end, following - INSTANT) if following else end
            answer = self._cut(answer, slot, stop)
            yield answer
            position = answer.until

    def _rows(self, start: datetime, end: datetime) -> QuerySet[Run]:
        rows = Run.objects.filter(task=self.task, scheduled_for__range=(start, end))
        return history.in_short(rows).order_by("scheduled_for", "created_at")

    def _scheduled_before(self, slot: datetime) -> Run | None:
        rows = Run.objects.filter(task=self.task, scheduled_for__lte=slot)
        scheduled = history.in_short(rows.filter(trigger=Run.Trigger.SCHEDULE))
        return scheduled.order_by("-scheduled_for").first()

    def _meant(
        self, at: datetime, end: datetime, there: Sequence[Any]
    ) -> datetime | None:
        """The slot in [at, end) that is meant: the exact one, else the first."""
        if at in there:
            return at
        found = self.schedule and self.schedule.next_after(at - INSTANT)
        if found and found < end:
            return found if found == at else min([found, *there])
        return there[0] if there else None

    def _next(self, position: datetime, slots: Sequence[datetime]) -> datetime | None:
        """The first slot after `position`: of the schedule, or of a row."""
        found = self.schedule and self.schedule.next_after(position)
        return min(
            [*([found] if found else []), *(each for each in slots if each > position)],
            default=None,
        )

    def _cut(self, answer: Answer, slot: datetime, stop: datetime) -> Answer:
        """Let an answer of several slots tell of those from `slot` to `stop` alone."""
        last = answer.last_slot
        if last is None or (slot == answer.first_slot and last <= stop):
            return answer
        last = min(last, stop)
        count = (
            self.schedule.count_between(slot - INSTANT, last) if self.schedule else 1
        )
        return replace(answer, slots=max(count, 1), first_slot=slot, last_slot=last)

    def _without_rows(self, slot: datetime, before: Run | None) -> Answer:
        """Of a slot of the schedule; `before` is the latest scheduled row up to it."""
        if before is not None and before.last_slot and before.last_slot >= slot:
            return _of_rows(slot, [before])
        task = self.task
        if slot < task.created_at:
            return Answer(slot=slot, kind=Kind.BEFORE_CREATION)
        if task.schedule_error:
            return Answer(slot=slot, kind=Kind.UNKNOWN, because=Because.SET_ASIDE)
        if slot < self._position:
            return self._lost(slot)
        if not task.active and (task.resume_at is None or slot < task.resume_at):
            return Answer(slot=slot, kind=Kind.PAUSED)
        if self._left == 0 or (self._last_run and slot > self._last_run):
            return Answer(slot=slot, kind=Kind.FINISHED, because=Because.RUNS_USED_UP)
        return self._to_come(slot)

    @cached_property
    def _position(self) -> datetime:
        """The first moment whose slots the ledger need not know."""
        task = self.task
        if known := task.next_slot or (None if task.active else task.paused_at):
            return known
        newest: QuerySet[Run] = Run.objects.filter(
            task=task, trigger=Run.Trigger.SCHEDULE
        )
        latest: Any = newest.order_by("-scheduled_for").values_list("last_slot", "scheduled_for").first()  # fmt: skip
        return (latest[0] or latest[1]) + INSTANT if latest else task.created_at

    @property
    def _left(self) -> int | None:
        """How many runs its schedule may still start; None: any number."""
        most = self.task.max_runs
        return None if most is None else max(most - self.task.scheduled_runs, 0)

    @cached_property
    def _last_run(self) -> datetime | None:
        """The slot that uses up the task's runs, as far as that can be foreseen."""
        left, resume_at = self._left, self.task.resume_at
        if self.schedule is None or left is None or not 0 < left <= _MOST_FORESEEN:
            return None
        start = max(self._position, resume_at or self._position) - INSTANT
        slots = open_slots(self.schedule, start, start + _FAR)
        return next(islice(slots, left - 1, left), None)

    def _to_come(self, slot: datetime) -> Answer:
        schedule = self.schedule
        if schedule and not schedule.is_open(slot):
            return Answer(slot=slot, kind=Kind.UPCOMING, because=Because.CLOSED_DAY)
        due_at = schedule.due(slot) if schedule else slot
        because = Because.DUE if due_at <= self.now else Because.NOTHING
        return Answer(slot=slot, kind=Kind.UPCOMING, because=because, due_at=due_at)

    def _lost(self, slot: datetime) -> Answer:
        days = settings.SCHEDULING.keep_runs_days
        pruned = days and slot < self.now - timedelta(days=days)
        because = Because.PRUNED if pruned else Because.OTHER_SCHEDULE
        return Answer(slot=slot, kind=Kind.UNKNOWN, because=because)

    def _no_slot(self, at: datetime) -> Answer:
        schedule, end = self.schedule, self.task.end_at
        if schedule is None:
            return Answer(slot=at, kind=Kind.UNKNOWN, because=Because.SET_ASIDE)
        around = schedule.latest_between(at - _NEAR, at), schedule.next_after(at)
        nearest = tuple(slot for slot in around if slot)
        if end and at > end:
            return Answer(slot=at, kind=Kind.FINISHED, because=Because.ENDED, nearest=nearest)  # fmt: skip
        return Answer(slot=at, kind=Kind.NOT_A_SLOT, nearest=nearest)


def _is_scheduled(run: Run) -> bool:
    return run.trigger == Run.Trigger.SCHEDULE


def _of_rows(slot: datetime, rows: Sequence[Run]) -> Answer:
    """Of the rows of one slot: what is under way counts most, then what has run."""
    runs = sorted(rows, key=lambda run: (_FIRST.get(Run.Trigger(run.trigger), 2), run.created_at))  # fmt: skip
    statuses = {run.status for run in runs}
    if statuses != {Run.Status.SKIPPED}:
        kind = next((each for each in (Kind.RUNNING, Kind.QUEUED) if each.value in statuses), Kind.RAN)  # fmt: skip
        return Answer(slot=slot, kind=kind, runs=runs)
    first = runs[0]
    return Answer(
        slot=slot,
        kind=Kind.SKIPPED,
        runs=runs,
        slots=first.slots,
        first_slot=first.scheduled_for if first.slots > 1 else None,
        last_slot=first.last_slot if first.slots > 1 else None,
    )

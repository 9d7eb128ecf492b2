"""Writing one task under its lock: what people own, the ledger of what is due, the new plan."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from notifications.event_bus import TASK_SYNC, publish
from scheduling import dispatch, gaps, planning
from scheduling.exceptions import Conflict
from scheduling.lineage import TASK, made_in
from scheduling.models import Run, ScheduledTask
from scheduling.moves import resume
from scheduling.schedule import Schedule, ScheduleError
from scheduling.services.people import User, person
from scheduling.wall_clock import wall_time

logger = logging.getLogger(__name__)

#: What only the verbs of a pause, the versions and the making of a task write, whatever an editor's copy holds.
_KEPT = (
    "pause_note", "paused_at", "paused_by", "resume_at", "version",
    *ScheduledTask.LINEAGE_FIELDS,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pause:
    """Why a task is to be paused, and until when; None: until it is resumed."""

    note: str = ""
    resume_at: datetime | None = None


def lock(task_id: str) -> ScheduledTask | None:
    """Return the row of the task, locked until the transaction ends; None if there is none."""
    return (
        dispatch.for_dispatch()
        .select_for_update(of=("self",), no_key=True)
        .filter(id=task_id)
        .first()
    )


def wake_beat(task_id: str) -> None:
    """Tell beat, after the commit, that a task has changed."""
    transaction.on_commit(partial(publish, TASK_SYNC, {"task_id": task_id}))


def insert(task: ScheduledTask, now: datetime, user: User) -> None:
    """Write a new, valid task. Raises `ValidationError` when its id is taken."""
    task.updated_by = person(user)
    if not task.active:
        task.paused_at, task.paused_by = now, task.updated_by
    planning.plan_first(task, now)
    refuse_what_is_over(task)
    if not _is_root_of_others(task):
        try:
            with transaction.atomic():
                task.save(force_insert=True)
                return
        except IntegrityError:  # somebody was first
            logger.info("the id %s of a new task is taken", task.id)
    taken = _("%(id)r is taken: choose another id.") % {"id": task.id}
    raise ValidationError({"id": taken})


def _is_root_of_others(task: ScheduledTask) -> bool:
    """Whether agents made tasks under one with this id, deleted since, for another owner.

    The agent of the new one would have them, and what they say, in its hands.
    """
    made = made_in(f"{TASK}:{task.id}")
    return made.exclude(owner_id=task.owner_id).exists()


def refuse_what_is_over(task: ScheduledTask) -> None:
    """An active task without a slot to come would be finished before it began."""
    last = task.run_at if task.schedule_type == task.Type.ONCE else task.end_at
    if not task.active or task.next_slot is not None or last is None:
        return
    field = "run_at" if task.schedule_type == task.Type.ONCE else "end_at"
    message = _("%(time)s in %(zone)s is over: give a moment that is still to come.")
    time = f"{wall_time(last, task.schedule.zone):%Y-%m-%d %H:%M}"
    raise ValidationError({field: message % {"time": time, "zone": task.timezone}})


def written(only: Collection[str] | None) -> set[str]:
    """The names of the columns that an edit of the fields `only` writes."""
    owned_elsewhere = (*ScheduledTask.ENGINE_FIELDS, *_KEPT)
    fields = [
        field
        for field in ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if not field.primary_key and field.name not in owned_elsewhere
    ]
    always = ("updated_by", "updated_at")
    return {
        field.attname
        for field in fields
        if only is None or {field.name, field.attname} & {*only, *always}
    }


def take_over(before: ScheduledTask, task: ScheduledTask, names: set[str]) -> None:
    """Bring `task` up to date with the row, but for the columns that are to change."""
    for field in ScheduledTask._meta.concrete_fields:  # noqa: SLF001 -- Django's documented API
        if field.attname not in names:
            setattr(task, field.attname, getattr(before, field.attname))


def change(
    before: ScheduledTask,
    task: ScheduledTask,
    now: datetime,
    names: set[str],
    *,
    user: User,
    pause: Pause | None = None,
) -> None:
    """Write the columns `names` of `task`, whose row `before` is locked, and plan it anew.

    First the ledger is brought up to `now`: a slot that is due is dispatched, one whose time has
    come and whose spread has not is put off to its moment, and those of a pause that ends, or
    whose schedule changes, become one `paused` row. An edit thus loses no slot.
    """
    _dispatch_due(before, task, now)
    take_over(before, task, names)
    task.updated_by = person(user)
    if pause is not None or task.active != before.active:
        _pause_or_resume(before, task, now, pause or Pause())
        names = names | _columns(*task.PAUSE_FIELDS, "consecutive_failures")
    if before.schedule_error or _differs(before, task):
        _replan(before, task, now)
        if task.run_at != before.run_at:
            refuse_what_is_over(task)
        names = names | _columns(*planning.PLAN_FIELDS, "gap_run", "schedule_error")
    elif task.active != before.active or pause is not None:
        planning.rest(task)
        names = names | _columns(*planning.PLAN_FIELDS)
    task.save(update_fields=names)


def _columns(*names: str) -> set[str]:
    fields = ScheduledTask._meta.concrete_fields  # noqa: SLF001 -- as above
    return {field.attname for field in fields if field.name in names}


def _differs(before: ScheduledTask, task: ScheduledTask) -> bool:
    """Whether the plan is another one; that a task is paused only halts it."""
    changed = any(
        getattr(task, name) != getattr(before, name)
        for name in ScheduledTask.SCHEDULE_FIELDS
    )
    return changed or (task.active and not before.active)


def _dispatch_due(before: ScheduledTask, task: ScheduledTask, now: datetime) -> None:
    if before.due_at is None:
        return
    begins_soon = before.next_slot is not None and before.next_slot <= now
    # A slot that waits for its spread goes into the pause, if this is the beginning of one.
    early = before.active and task.active and begins_soon and _differs(before, task)
    if before.due_at <= now or early:
        batch = dispatch.dispatch([before], now, early=early)
        if batch.put_off:
            message = _("A run of %(name)s is ending at this very moment: try again.")
            raise Conflict(message % {"name": before.name})


def _pause_or_resume(
    before: ScheduledTask, task: ScheduledTask, now: datetime, pause: Pause
) -> None:
    if task.active:
        resume(task)
        return
    if before.active:
        task.paused_at = now
    if before.active or before.paused_by_id is None:
        # What an agent or failures paused is a person's pause once a person says so too.
        task.paused_by = task.updated_by
    if before.active or pause != Pause():
        task.pause_note, task.resume_at = pause.note, pause.resume_at


def _replan(before: ScheduledTask, task: ScheduledTask, now: datetime) -> None:
    row = _row_of_gap(before, now)
    if row is not None:
        Run.objects.bulk_create([row], ignore_conflicts=True)
    task.gap_run, task.schedule_error = None, ""
    try:
        planning.plan(task, now)
    except ScheduleError:
        if task.active:
            raise
        planning.clear(task)  # it may be paused all the same


def _row_of_gap(before: ScheduledTask, now: datetime) -> Run | None:
    """The row of the slots that were not looked at while the task was paused or set aside."""
    schedule = _readable(before)
    if schedule is None:
        return None
    if not before.active:
        return gaps.paused_row(before, schedule, now, now)
    if before.schedule_error:
        return gaps.set_aside_row(before, schedule, now, now)
    return None


def _readable(task: ScheduledTask) -> Schedule | None:
    try:
        return task.schedule
    except ScheduleError:
        return None

"""When beat is to look at a task next: works out `next_slot`, `due_at` and `next_run_at`.

`next_slot` is a nominal instant, the first one that the ledger does not know yet; it stands still
while the task is paused or set aside. `due_at` alone says when beat is to look: at the slot, put
off by its spread, or at the moment a pause ends by itself. `next_run_at` is for people: the next
slot that will really run, closed days passed over. Elsewhere they are emptied at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduling.models import ScheduledTask
from scheduling.schedule import Schedule, ScheduleError

PLAN_FIELDS = ("next_slot", "due_at", "next_run_at")
_INSTANT = timedelta(microseconds=1)


def plan(task: ScheduledTask, after: datetime) -> None:
    """Set the plan of `task` to its first slot strictly after `after` (aware); saves nothing.

    Of a paused task that is where its ledger goes on. Raises `ScheduleError` when the row holds
    nonsense.
    """
    schedule = task.schedule
    move_to(task, schedule, schedule.next_after(after))
    if not task.active:
        rest(task)


def plan_first(task: ScheduledTask, now: datetime) -> None:
    """Plan a new task. If it says `at_once` and is active, its first slot is `now`.

    That slot is one more than the schedule has, and only made at creation: a task that was
    created paused begins by its schedule, and so does one whose `start_at` is still to come or
    whose `end_at` has passed.
    """
    plan(task, now)
    begun = task.start_at is None or task.start_at <= now
    ended = task.end_at is not None and task.end_at < now
    if task.active and task.first_run == task.FirstRun.AT_ONCE and begun and not ended:
        task.next_slot = task.due_at = task.next_run_at = now


def move_to(task: ScheduledTask, schedule: Schedule, slot: datetime | None) -> None:
    """Set the plan of an active task to `slot`; a task whose runs are used up has none."""
    if slot is None or is_used_up(task):
        clear(task)
        return
    task.next_slot, task.due_at = slot, schedule.due(slot)
    task.next_run_at = task.due_at
    if not schedule.is_open(slot):
        opened = schedule.next_open_after(slot)
        task.next_run_at = None if opened is None else schedule.due(opened)


def rest(task: ScheduledTask) -> None:
    """Set the plan of a paused task: nothing before its pause ends, if it ends by itself."""
    task.due_at, task.next_run_at = task.resume_at, None
    if task.resume_at is None or is_used_up(task):
        return
    try:
        schedule = task.schedule
    except ScheduleError:
        return  # it can be paused all the same; beat will say so when it is resumed
    slot = schedule.next_open_after(task.resume_at - _INSTANT)
    task.next_run_at = None if slot is None else schedule.due(slot)


def set_aside(task: ScheduledTask) -> None:
    """Plan nothing until somebody mends it; the ledger goes on where it stands."""
    task.due_at = task.next_run_at = None


def clear(task: ScheduledTask) -> None:
    """Plan nothing."""
    task.next_slot = task.due_at = task.next_run_at = None


def is_used_up(task: ScheduledTask) -> bool:
    """Whether its schedule has started as many runs as it may."""
    return task.max_runs is not None and task.scheduled_runs >= task.max_runs

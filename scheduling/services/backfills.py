"""Slots of the past, run later."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pages.translation import translated
from scheduling import cycles, lifecycle, waiting
from scheduling.doorbell import ring
from scheduling.emitting import tell_runs
from scheduling.exceptions import Conflict
from scheduling.models import Agent, Backfill, Run, ScheduledTask
from scheduling.moments import INSTANT, open_slots
from scheduling.new_runs import new_run
from scheduling.schedule import Schedule, ScheduleError
from scheduling.services.agents import require_able
from scheduling.services.people import User, person
from signals.sanitise import clean_text

logger = logging.getLogger(__name__)

MAX_SLOTS = 1000
MAX_PER_MINUTE = 600
MAX_RUNS = 20_000
"""Of one backfill, the tasks that run after it included."""
DEFAULT_PER_MINUTE = 6
MAX_NOTE_CHARS = 1000
_Trigger, _Status, _Waits = Run.Trigger, Run.Status, Run.WaitsFor
_TAKEN = (_Status.QUEUED, _Status.RUNNING, _Status.SUCCEEDED)
# Counting a longer range can take minutes: only so many are named.
_COUNTED = timedelta(days=31)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class PlannedBackfill:
    """The slots (UTC, increasing) that would run, and how many have a run already."""

    slots: Sequence[datetime]
    left_out: int
    per_minute: int

    @property
    def lasts(self) -> timedelta:
        """From the first start to the last, by the rate alone."""
        return (len(self.slots) - 1) * _MINUTE / self.per_minute


def plan_backfill(
    task: ScheduledTask,
    *,
    from_at: datetime,
    until_at: datetime,
    per_minute: int = DEFAULT_PER_MINUTE,
    again: bool = False,
) -> PlannedBackfill:
    """Say which slots `create_backfill` would run now. Raises as it does, and writes nothing."""
    agent = Agent.objects.filter(id=task.agent_id, active=True).first()
    if agent is None:
        raise Conflict(_("The agent %(id)r is switched off.") % {"id": task.agent_id})
    require_able(agent)
    if not 1 <= per_minute <= MAX_PER_MINUTE:
        limits = {"least": 1, "most": MAX_PER_MINUTE}
        raise ValidationError(
            {"per_minute": _("Must be %(least)d to %(most)d.") % limits}
        )
    slots = _slots(task, from_at, until_at)
    taken = _taken(task, slots, again=again)
    left = [slot for slot in slots if slot not in taken]
    if not left:
        raise ValidationError({"from_at": _all_taken(len(slots), again=again)})
    return PlannedBackfill(
        slots=left, left_out=len(slots) - len(left), per_minute=per_minute
    )


def create_backfill(
    task: ScheduledTask,
    *,
    from_at: datetime,
    until_at: datetime,
    per_minute: int = DEFAULT_PER_MINUTE,
    again: bool = False,
    note: str = "",
    user: User,
) -> Backfill:
    """Run the open slots of `task` in [from_at, until_at] (aware, not to come), at this rate.

    Slots that have succeeded or are under way are left out; with `again` only those that a
    backfill has run or is running. Unless the task may overlap, its runs go one after the
    other. A paused task may be backfilled. Raises `ValidationError` by field, `Conflict` when
    the agent is off, the schedule cannot be read or the task was deleted.
    """
    with transaction.atomic():
        # Until the commit no other backfill of the task is made, and none of its runs is let go.
        rows = ScheduledTask.objects.select_for_update(no_key=True)
        fresh = rows.filter(id=task.id).first()
        if fresh is None:
            raise Conflict(_("Its task was deleted a moment ago."))
        planned = plan_backfill(
            fresh,
            from_at=from_at,
            until_at=until_at,
            per_minute=per_minute,
            again=again,
        )
        backfill = Backfill(
            task=fresh,
            task_ref=fresh.id,
            task_name=fresh.name,
            from_at=from_at,
            until_at=until_at,
            per_minute=per_minute,
            again=again,
            note=clean_text(note)[:MAX_NOTE_CHARS],
            created_by=person(user),
        )
        backfill.save(force_insert=True)
        made = _write(backfill, _new_runs(backfill, fresh, planned))
        backfill.made = made
        backfill.left_out = planned.left_out + len(planned.slots) - made
        backfill.save(update_fields=["made", "left_out"])
    logger.info("backfill %s of %s: %d runs", backfill.id, task.id, made)
    return backfill


def cancel_backfill(backfill: Backfill, *, user: User) -> Backfill:
    """Cancel what waits at once, and what runs within a heartbeat.

    Raises `Conflict` when it was cancelled already, or nothing of it is under way any more.
    """
    runs = Run.objects.filter(backfill=backfill, status__in=Run.ACTIVE)
    with transaction.atomic():
        fresh = Backfill.objects.filter(id=backfill.id, cancelled_at__isnull=True)
        if not fresh.update(cancelled_at=timezone.now(), cancelled_by=person(user)):
            raise Conflict(_("This backfill was cancelled already."))
        note = _("Cancelled with its backfill.")
        ids = list(runs.values_list("id", flat=True))
        if not ids or not lifecycle.request_cancels(ids, note=note):
            raise Conflict(_("This backfill has already ended."))
    logger.info("backfill %s: cancelled by %s", backfill.id, user)
    backfill.refresh_from_db()
    return backfill


def _slots(
    task: ScheduledTask, from_at: datetime, until_at: datetime
) -> list[datetime]:
    if until_at < from_at:
        raise ValidationError({"until_at": _("Must not be before the beginning.")})
    if until_at > timezone.now():
        text = _("Is still to come, and then the schedule runs it: at most now.")
        raise ValidationError({"until_at": text})
    try:
        schedule = task.schedule
    except ScheduleError as error:
        text = _("Its schedule cannot be read (%(error)s): mend it first.")
        names = {"error": translated(error.at_the_field)}
        raise Conflict(text % names) from error
    found = list(islice(open_slots(schedule, from_at - INSTANT, until_at), MAX_SLOTS + 1))  # fmt: skip
    if len(found) > MAX_SLOTS:
        text = _("%(count)s slots lie in this range; choose one with at most %(most)d.")
        count = _how_many(schedule, from_at - INSTANT, until_at)
        raise ValidationError({"until_at": text % {"count": count, "most": MAX_SLOTS}})
    if not found:
        text = _("The schedule has no slot that fires from here to the end.")
        raise ValidationError({"from_at": text})
    return found


def _how_many(schedule: Schedule, after: datetime, until: datetime) -> str:
    if schedule.open_days is None and until - after <= _COUNTED:
        return str(schedule.count_between(after, until))
    return _("More than %(number)d") % {"number": MAX_SLOTS}


def _taken(
    task: ScheduledTask, slots: Sequence[datetime], *, again: bool
) -> set[datetime]:
    """Those of `slots` that are not to be run (once more)."""
    there = Run.objects.filter(task=task, scheduled_for__in=slots, status__in=_TAKEN)
    if again:
        there = there.filter(trigger=_Trigger.BACKFILL)
    found = there.values_list("scheduled_for", flat=True)
    return {slot for slot in found if slot}


def _all_taken(count: int, *, again: bool) -> str:
    if again:
        text = _("All %(count)d slots from here to the end were backfilled already.")
    else:
        text = _(
            "All %(count)d slots from here to the end have succeeded already, or are under "
            "way. To run them once more, ask for them again."
        )
    return text % {"count": count}


def _new_runs(
    backfill: Backfill, task: ScheduledTask, planned: PlannedBackfill
) -> list[Run]:
    """The unsaved runs, oldest first; the first is free to start unless its lane is busy."""
    now, pause = timezone.now(), _MINUTE / planned.per_minute
    one_by_one = task.overlap != ScheduledTask.Overlap.ALLOW
    runs = []
    for place, slot in enumerate(planned.slots):
        run = new_run(task, _Trigger.BACKFILL, now, scheduled_for=slot)
        run.backfill, run.requested_by = backfill, backfill.created_by
        run.next_attempt_at, run.rung_at = now + place * pause, None
        run.waits_for = _Waits.PREVIOUS if one_by_one else ""
        runs.append(run)
    if not (one_by_one and _is_lane_busy(task)):
        runs[0].waits_for, runs[0].rung_at = "", now
    return runs


def _is_lane_busy(task: ScheduledTask) -> bool:
    """Whether another backfill of the task is under way, the cycles that it began included."""
    lane = waiting.under_way([task.id], backfills=True)
    return any(rows.exclude(waits_for=_Waits.PARENTS).exists() for rows in lane)


def _write(backfill: Backfill, runs: Sequence[Run]) -> int:
    """Write the runs with what runs after them; ring. Returns how many slots are really there."""
    now = runs[0].created_at
    following = cycles.expand(runs[:1], now)
    most = MAX_RUNS // (1 + len(following))
    if len(runs) > most:
        text = _(
            "Each slot also runs the %(count)d tasks after it: choose a range of at most "
            "%(most)d slots."
        )
        parts = {"count": len(following), "most": most}
        raise ValidationError({"until_at": text % parts})
    if following:
        following += cycles.expand(runs[1:], now)
    Run.objects.bulk_create(runs, ignore_conflicts=True)
    there = set(Run.objects.filter(backfill=backfill).values_list("id", flat=True))
    Run.objects.bulk_create([run for run in following if run.root_id in there])
    tell_runs(run for run in runs if run.id in there)
    rung = [run.id for run in runs if run.rung_at and run.id in there]
    transaction.on_commit(partial(ring, rung))
    return len(there)

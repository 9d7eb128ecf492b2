"""Slots whose work is done by a program outside, and the plan that it asks for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import dispatch, lifecycle
from scheduling.exceptions import Conflict
from scheduling.models import Run, ScheduledTask
from scheduling.outcome import Outcome
from scheduling.outcomes import token_of
from scheduling.services.pauses import pause_task, resume_task
from scheduling.services.people import User, person
from scheduling.services.saving import lock, wake_beat
from scheduling.services.tasks import update_task
from signals.sanitise import cap_text, clean_text

logger = logging.getLogger(__name__)

#: The note of a pause that a program asked for, and that it may end.
UNPLANNED = "Its last slot was completed from outside, and no next run was asked for."
_WORKER = "outside"
_DONE = "Completed from outside."
_FAILED = "The work outside has failed."
_ERROR_CHARS = 10_000


@dataclass(frozen=True, kw_only=True)
class OutsideWork:
    """What came of a slot's work."""

    success: bool = True
    error: str = ""


def complete_slot(
    task: ScheduledTask, work: OutsideWork, *, user: User, plan: bool = True
) -> Run:
    """End the slot that is due with what a program outside has done for it; returns its run.

    The slot is dispatched as beat would (policies, limits and the ledger hold), and its run ends
    through the lifecycle, so that it is counted and delivered like any other. Without `plan` the task
    is paused with it, until `plan_next`. Raises `Conflict` when no slot is due, or none may run.
    """
    with transaction.atomic():
        run = _taken(task, user)
        if not plan:
            pause_task(task, user=user, note=UNPLANNED)
    # Apart from the lock of the task: an end locks tasks in an order of its own.
    ended = Outcome(
        run_id=run.id,
        lease_token=token_of(run),
        status=Run.Status.SUCCEEDED if work.success else Run.Status.FAILED,
        failure_reason="" if work.success else Run.FailureReason.ERROR,
        output=_DONE if work.success else "",
        error="" if work.success else _storable(work.error),
    )
    if not lifecycle.finish([ended]):
        raise Conflict(_("Somebody else has ended this run at this very moment."))
    logger.info("run %s of %s: completed from outside by %s", run.id, task.id, user)
    run.refresh_from_db()
    return run


def plan_next(
    task: ScheduledTask, *, user: User, after: datetime | None = None
) -> ScheduledTask:
    """Plan the next slot; with `after` none before it, the slots until then counting as paused.

    A task that beat has set aside is read again. Raises `Conflict` for one that somebody has paused.
    """
    task.refresh_from_db()
    if not task.active and task.pause_note != UNPLANNED:
        raise Conflict(_("The task %(id)r is paused: resume it first.") % {"id": task.id})  # fmt: skip
    if after is not None and after > timezone.now():
        return pause_task(task, user=user, note=UNPLANNED, resume_at=after)
    if not task.active:
        return resume_task(task, user=user)
    return update_task(task, fields={}, user=user)


def _taken(task: ScheduledTask, user: User) -> Run:
    """The run of the slot that is due, taken so that no worker can have it."""
    now = timezone.now()
    row = lock(task.id)
    if row is None:
        raise Conflict(_("The task %(id)r was deleted.") % {"id": task.id})
    if row.due_at is None or row.due_at > now or not row.active:
        raise Conflict(_nothing_due(row))
    batch = dispatch.dispatch([row], now)
    due = batch.run_ids[:1]
    run = lifecycle.claim_done(due[0], worker=_WORKER) if due else None
    if run is None:
        raise Conflict(_("The slot of %(id)r that is due may not run now.") % {"id": task.id})  # fmt: skip
    run.requested_by = person(user)
    # Should this process die now, no agent is to do again what was done outside.
    run.max_attempts = run.attempt
    run.save(update_fields=["requested_by", "max_attempts"])
    wake_beat(task.id)
    return run


def _nothing_due(task: ScheduledTask) -> str:
    words = _("No slot of %(id)r is due.") % {"id": task.id}
    slots = task.runs.filter(trigger=Run.Trigger.SCHEDULE)
    last = slots.order_by("-scheduled_for").only("scheduled_for", "status").first()
    if last is not None and last.scheduled_for is not None:
        words += " " + _(
            "That of %(slot)s has its run already (%(run)s, %(status)s)."
        ) % {
            "slot": last.scheduled_for.isoformat(),
            "run": last.id,
            "status": last.status,
        }
    return words


def _storable(error: str) -> str:
    text = clean_text(error).strip() or _FAILED
    return cap_text(text, _ERROR_CHARS)[0]

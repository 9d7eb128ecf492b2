"""What becomes of an output that waited for approval: a person decides, or its time is over.

    waiting  -> approved    its result is told, with what a person made of it; its dependants go on
    waiting  -> rejected    nobody is told; its dependants are skipped, with the reason

Each is a conditional update in one transaction with all that it brings about: who decides second
is told so.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from scheduling import alerts
from scheduling.booking import tell
from scheduling.emitting import tell_runs
from scheduling.events import about, record
from scheduling.models import Approval, Event, Run, ScheduledTask
from scheduling.settling import settle
from scheduling.waiting import lock_lanes

logger = logging.getLogger(__name__)
_BATCH = 100
_WAITING = Run.Approval.WAITING


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What a person made of an output: the text, and the typed output that goes with it."""

    output: str
    data: Any = None


def decide(
    run_id: uuid.UUID,
    verdict: Run.Approval,
    *,
    by: AbstractBaseUser | None = None,
    note: str = "",
    edit: Edit | None = None,
    until: datetime | None = None,
) -> bool:
    """Approve or reject the output of a run. False: it did not wait for that (any more).

    `edit` takes the place of the output; what the agent gave stays in its `Approval`. With
    `until` it counts only if the approval has expired by then.
    """
    now = timezone.now()
    with transaction.atomic():
        lock_lanes([run_id])
        rows = Run.objects.select_for_update().filter(id=run_id, approval=_WAITING)
        run = rows.first()
        if run is None or not _is_over(run, until):
            return False
        run.approval = verdict
        if edit is not None:
            run.output, run.output_data = edit.output, edit.data
        run.save(update_fields=["approval", "output", "output_data"])
        Approval.objects.filter(run=run).update(
            decided_at=now, decided_by=by, note=note, was_edited=edit is not None
        )
        if verdict == Run.Approval.APPROVED:
            tell([run])
        alerts.decided(run, by=by, note=note, now=now)
        settle([run], now)
        tell_runs([run], verb=str(verdict))
    logger.info("run %s of %s: %s", run.id, run.task_ref, verdict)
    return True


def _is_over(run: Run, until: datetime | None) -> bool:
    if until is None:
        return True
    return Approval.objects.filter(run=run, expires_at__lte=until).exists()


def expire() -> int:
    """Decide by their tasks' rule what nobody decided in time. Returns how many.

    One query when there are none, one transaction for each that there is.
    """
    now = timezone.now()
    over = Approval.objects.filter(decided_at__isnull=True, expires_at__lte=now)
    rows = over.order_by("expires_at").select_related("run__task")
    rows = rows.only(
        "run", "on_expiry", "run__task", "run__task__id", "run__task__name"
    )
    done = 0
    for approval in rows[:_BATCH]:
        try:
            done += _expire(approval, now)
        except Exception:
            logger.exception("the approval of run %s does not expire", approval.run_id)
    return done


def _expire(approval: Approval, now: datetime) -> bool:
    is_approved = approval.on_expiry == ScheduledTask.OnExpiry.APPROVE
    verdict = Run.Approval.APPROVED if is_approved else Run.Approval.REJECTED
    note = f"Nobody decided in time: {verdict}."
    with transaction.atomic():
        if not decide(approval.run_id, verdict, note=note, until=now):
            return False
        if task := approval.run.task:
            record(
                [about(task, Event.Kind.EXPIRED, run=approval.run, at=now, note=note)]
            )
    return True

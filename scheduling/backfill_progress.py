"""How far a backfill has come: read shapes, one query however many backfills are asked for."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q
from django.utils import timezone

from scheduling.models import Backfill, Run

Status = Run.Status
#: The statuses that a slot's run can have.
STATUSES = (
    Status.QUEUED, Status.RUNNING, Status.SUCCEEDED, Status.FAILED, Status.CANCELLED,
    Status.SKIPPED,
)  # fmt: skip
_OPEN = Q(status__in=Run.ACTIVE)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many of a backfill's slots are in which state.

    `following` counts what is still under way of the tasks that run after it.
    """

    queued: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    """There was no money left for them."""
    following: int = 0
    ends_about: datetime | None = None
    """When it is likely to be over; None when it is, or while nothing is known."""

    @property
    def total(self) -> int:
        return self.ended + self.queued + self.running

    @property
    def ended(self) -> int:
        return self.succeeded + self.failed + self.cancelled + self.skipped

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is under way, its cycles included."""
        return not (self.queued or self.running or self.following)

    def counts(self) -> dict[str, int]:
        """The slots by status."""
        return {status.value: getattr(self, status.value) for status in STATUSES}


def progress_of(backfill_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Progress]:
    """Return the progress of each of these backfills."""
    slots = Q(trigger=Run.Trigger.BACKFILL)
    length = ExpressionWrapper(
        F("finished_at") - F("started_at"), output_field=DurationField()
    )
    rows: Iterable[Any] = (
        Run.objects.filter(backfill_id__in=backfill_ids)
        .order_by()
        .values("backfill_id")
        .annotate(
            **{each.value: Count("id", filter=slots & Q(status=each)) for each in STATUSES},
            following=Count("id", filter=_OPEN & ~slots),
            last_start=Max("next_attempt_at", filter=slots & Q(status=Status.QUEUED)),
            mean=Avg(length, filter=slots & Q(status__in=(Status.SUCCEEDED, Status.FAILED))),
        )
    )  # fmt: skip
    now = timezone.now()
    found = dict.fromkeys(backfill_ids, Progress())
    return found | {row["backfill_id"]: _progress(row, now) for row in rows}


def _progress(row: dict[str, Any], now: datetime) -> Progress:
    counts = {each.value: row[each.value] for each in STATUSES}
    waiting = row["queued"] + row["running"]
    ends = None
    if waiting:
        mean = row["mean"] or timedelta()
        # One after the other at worst, and not before the rate lets the last one start.
        ends = max((row["last_start"] or now) + mean, now + waiting * mean)
    return Progress(**counts, following=row["following"], ends_about=ends)


def as_json(backfill: Backfill, progress: Progress) -> dict[str, Any]:
    """Return a backfill as the API and the commands show it."""
    return {
        "id": str(backfill.id),
        "task_id": backfill.task_ref,
        "task_name": backfill.task_name,
        "from_at": backfill.from_at.isoformat(),
        "until_at": backfill.until_at.isoformat(),
        "per_minute": backfill.per_minute,
        "again": backfill.again,
        "note": backfill.note,
        "made": backfill.made,
        "left_out": backfill.left_out,
        "progress": progress.counts(),
        "is_over": progress.is_over,
        "ends_about": progress.ends_about and progress.ends_about.isoformat(),
        "created_at": backfill.created_at.isoformat(),
        "cancelled_at": backfill.cancelled_at and backfill.cancelled_at.isoformat(),
    }

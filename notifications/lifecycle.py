"""The delivery's state machine. Every move is a conditional update, fenced by the lease token.

pending -> sending     claim()
sending -> delivered   settle()
sending -> pending     settle()   another try, at next_attempt_at
sending -> failed      settle()
sending -> cancelled   settle()   its webhook was deleted or switched off
sending -> unknown     settle()   it may have arrived, and the channel cannot de-duplicate
sending -> pending | unknown | failed   take_over(), when the lease has ended
pending -> cancelled   cancel()
failed | unknown | cancelled | delivered -> pending   reopen(), a person's choice
unknown -> delivered   mark_arrived(), a person has looked

A place that has asked to wait is part of the claim's condition, so that what one process was
told counts for all.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, PositiveIntegerField, QuerySet, When
from django.utils import timezone

from notifications.closures import unrung
from notifications.emitting import tell_delivery
from notifications.formatters import FORMATTERS
from notifications.models import Attempt, Delivery, Destination

Status = Delivery.Status

#: The beginning of the error of what was cancelled because Backbeat had switched its webhook off.
SWITCHED_OFF = "Its webhook is switched off."


def due(delivery_ids: Collection[uuid.UUID]) -> QuerySet[Delivery]:
    """Those of `delivery_ids` that may be claimed now, the longest due first."""
    found: QuerySet[Delivery] = _claimable(timezone.now()).filter(id__in=delivery_ids)
    return found.order_by("next_attempt_at", "created_at", "id")


def claim(delivery_id: uuid.UUID, *, places: Collection[str] = ()) -> Delivery | None:
    """Take a delivery that is pending and due. None: it is not, or somebody was first.

    None too while one of `places` (keys of destinations) has asked to wait. One at a time, just
    before it is sent: a lease that ran while others were being sent would end on messages that
    nobody has tried yet.
    """
    now, token = timezone.now(), uuid.uuid4()
    free = _claimable(now).filter(id=delivery_id)
    if places:
        closed = Destination.objects.filter(key__in=places, open_at__gt=now)
        free = free.exclude(Exists(closed))
    taken = free.update(
        status=Status.SENDING, lease_token=token, lease_expires_at=_lease_end(now)
    )
    if not taken:
        return None
    return Delivery.objects.filter(id=delivery_id, lease_token=token).first()


def progress(delivery: Delivery, attempt: Attempt, *, arrived: bool) -> bool:
    """Record a try that is not the last of this turn, and extend the lease.

    `arrived`: it brought one message of several there. The next one has all tries before it,
    else a long text would use them up on a channel that answers 429 every few messages.
    False: the delivery belongs to somebody else by now, and nothing was written.
    """
    changes: dict[str, Any] = {"lease_expires_at": _lease_end(timezone.now())}
    if arrived:
        changes |= {"parts_sent": attempt.part, "attempts_made": 0}
    with transaction.atomic():
        held = _mine(delivery).update(**changes)
        if held:
            attempt.save(force_insert=True)
    if held and arrived:
        delivery.parts_sent, delivery.attempts_made = attempt.part, 0
    return bool(held)


def settle(
    delivery: Delivery,
    status: Delivery.Status,
    *,
    attempt: Attempt | None = None,
    error: str = "",
    next_attempt_at: datetime | None = None,
    is_try: bool = True,
) -> bool:
    """End one try. `pending` needs `next_attempt_at`. False: somebody else has it by now.

    `is_try` False: it takes nothing off the tries that are left.
    """
    final = status in Delivery.FINAL
    changes: dict[str, Any] = {
        "status": status,
        "lease_token": None,
        "lease_expires_at": None,
        "error": error,
        "finished_at": timezone.now() if final else None,
        "attempts_made": delivery.attempts_made
        + (is_try and status != Status.CANCELLED),
    }
    if next_attempt_at is not None:
        rung_at = unrung(next_attempt_at)
        changes |= {"next_attempt_at": next_attempt_at, "rung_at": rung_at}
    if status == Status.DELIVERED and attempt is not None:
        changes["parts_sent"] = attempt.part
    with transaction.atomic():
        held = _mine(delivery).update(**changes)
        if held and attempt is not None:
            attempt.save(force_insert=True)
        if held and final:
            _end_members(delivery, status, error)
            tell_delivery(delivery, status)
    return bool(held)


def take_over(now: datetime) -> int:
    """End the leases of dead senders. Returns how many deliveries wait again.

    Where the channel de-duplicates, the same id is sent again; where it cannot, a person
    decides. The turn counts as a try: a delivery that kills its senders must come to an end.
    """
    expired = Delivery.objects.filter(status=Status.SENDING, lease_expires_at__lt=now)
    safe = [name for name, each in FORMATTERS.items() if each.deduplicates]
    ended: dict[str, Any] = {
        "lease_token": None,
        "lease_expires_at": None,
        "attempts_made": F("attempts_made") + 1,
    }
    expired.exclude(format__in=safe).update(
        status=Status.UNKNOWN,
        finished_at=now,
        error="The sender died while sending; the message may have arrived.",
        **ended,
    )
    most = settings.NOTIFICATIONS.max_attempts
    expired.filter(attempts_made__gte=most - 1).update(
        status=Status.FAILED,
        finished_at=now,
        error=f"The sender died while sending it, at try {most} of {most}.",
        **ended,
    )
    return expired.update(
        status=Status.PENDING,
        next_attempt_at=now,
        rung_at=unrung(now),
        error="The sender died while sending it.",
        **ended,
    )


def cancel(delivery: Delivery) -> bool:
    """Cancel a delivery that waits. False: it does not wait."""
    return bool(
        Delivery.objects.filter(id=delivery.id, status=Status.PENDING).update(
            status=Status.CANCELLED, finished_at=timezone.now()
        )
    )


def _end_members(digest: Delivery, status: Delivery.Status, error: str = "") -> None:
    """What a digest tells of ends as it does; what had arrived before stays so."""
    if digest.kind == Delivery.Kind.DIGEST:
        members = Delivery.objects.filter(digest=digest).exclude(
            status=Status.DELIVERED
        )
        members.update(status=status, error=error, finished_at=timezone.now())


def mark_arrived(delivery: Delivery) -> bool:
    """Say of a delivery in doubt that it has arrived. False: it is not in doubt."""
    in_doubt = Delivery.objects.filter(id=delivery.id, status=Status.UNKNOWN)
    with transaction.atomic():
        moved = in_doubt.update(status=Status.DELIVERED, finished_at=timezone.now())
        if moved:
            _end_members(delivery, Status.DELIVERED)
    return bool(moved)


def reopen(delivery: Delivery) -> bool:
    """Owe a final delivery again, under its old id; the caller rings. False: it is not final."""
    now = timezone.now()
    return bool(reopen_all(Delivery.objects.filter(id=delivery.id), now, rung_at=now))


def reopen_all(
    rows: QuerySet[Delivery], at: datetime, *, rung_at: datetime | None = None
) -> int:
    """Owe the final ones of `rows` again from `at` on, under their old ids. Returns how many.

    One that stopped in the middle goes on where it stopped; one that arrived is sent whole. One
    that was told in a digest is sent by itself. Without `rung_at` the reconciler rings.
    """
    return rows.filter(status__in=Delivery.FINAL).update(
        status=Status.PENDING,
        finished_at=None,
        next_attempt_at=at,
        rung_at=rung_at or unrung(at),
        attempts_made=0,
        parts_sent=Case(
            When(status=Status.DELIVERED, then=0),
            default=F("parts_sent"),
            output_field=PositiveIntegerField(),
        ),
        error="",
        replayed=True,
        collected_until=None,
        digest=None,
    )


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.NOTIFICATIONS.lease_seconds)


def _claimable(now: datetime) -> Any:
    return Delivery.objects.filter(
        status=Status.PENDING, next_attempt_at__lte=now, collected_until__isnull=True
    )


def _mine(delivery: Delivery) -> Any:
    return Delivery.objects.filter(
        id=delivery.id, status=Status.SENDING, lease_token=delivery.lease_token
    )

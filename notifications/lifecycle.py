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
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, PositiveIntegerField, When
from django.utils import timezone

from notifications.doorbell import ring
from notifications.formatters import FORMATTERS
from notifications.models import Attempt, ChatMessage, ChatSession, Delivery, Webhook
from notifications.rules import wants

Status = Delivery.Status


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a finished run has to say, as far as the outside world is concerned."""

    run_id: uuid.UUID
    status: str
    task_id: str
    task_name: str
    user_id: str
    output_type: str
    content: Any
    text: str
    prompt: str
    metadata: Mapping[str, Any]
    #: The chat session that it belongs to; None: one of its own.
    session_id: uuid.UUID | None = None

    def payload(self) -> dict[str, Any]:
        """The seven keys of CONTRACTS A0's NotificationPayload."""
        return {
            "task_id": self.task_id,
            "task_name": self.task_name,
            "run_id": str(self.run_id),
            "user_id": self.user_id,
            "output_type": self.output_type,
            "content": self.content,
            "metadata": dict(self.metadata),
        }


def owe(
    results: Sequence[Result], webhooks: Mapping[str, Sequence[Webhook]]
) -> list[uuid.UUID]:
    """Record what the results owe: a chat session for each user, a delivery for each webhook.

    `webhooks` are those of each task id. Must run inside the finishing transaction; the bell
    rings after its commit. Returns the new deliveries' ids.
    """
    _say(results)
    deliveries = [
        Delivery(
            run_id=result.run_id,
            task_id=result.task_id,
            webhook=webhook,
            webhook_name=str(webhook.name or webhook.format),
            format=webhook.format,
            payload=result.payload(),
        )
        for result in results
        for webhook in webhooks.get(result.task_id, ())
        if wants(webhook.notify_on, result.status)
    ]
    Delivery.objects.bulk_create(deliveries)
    ids = [delivery.id for delivery in deliveries]
    if ids:
        transaction.on_commit(partial(ring, ids))
    return ids


def _say(results: Sequence[Result]) -> None:
    """Put question and answer into each user's session: the one it names, else a new one."""
    telling = [result for result in results if result.user_id]
    sessions = _joined([result for result in telling if result.session_id])
    opened = {
        result.run_id: _session(result)
        for result in telling
        if result.run_id not in sessions
    }
    ChatSession.objects.bulk_create(opened.values())
    sessions |= {run_id: session.id for run_id, session in opened.items()}
    ChatMessage.objects.bulk_create(
        ChatMessage(session_id=sessions[result.run_id], role=role, content=content)
        for result in telling
        for role, content in (
            (ChatMessage.Role.USER, result.prompt),
            (ChatMessage.Role.ASSISTANT, result.text),
        )
    )


def _joined(results: Sequence[Result]) -> dict[uuid.UUID, uuid.UUID]:
    """The sessions that these results name, by run; somebody else's are left alone.

    One that is not there is opened under its name: the next run goes on with it.
    """
    if not results:
        return {}
    named = {result.session_id: result for result in results if result.session_id}
    ChatSession.objects.bulk_create(
        [_session(result, id=name) for name, result in named.items()],
        ignore_conflicts=True,  # it is there, or opened by somebody at this moment
    )
    owners = ChatSession.objects.filter(id__in=named).values_list("id", "user_id")
    mine = set(owners)
    joined = {
        result.run_id: result.session_id
        for result in results
        if result.session_id and (result.session_id, result.user_id) in mine
    }
    ChatSession.objects.filter(id__in=joined.values()).update(read_at=None)
    return joined


def _session(result: Result, **fields: Any) -> ChatSession:
    return ChatSession(
        user_id=result.user_id,
        task_id=result.task_id,
        run_id=result.run_id,
        title=result.task_name,
        **fields,
    )


def due(delivery_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Those of `delivery_ids` that may be claimed now, the longest due first."""
    return list(
        _claimable(timezone.now())
        .filter(id__in=delivery_ids)
        .order_by("next_attempt_at", "id")
        .values_list("id", flat=True)
    )


def claim(delivery_id: uuid.UUID) -> Delivery | None:
    """Take a delivery that is pending and due. None: it is not, or somebody was first.

    One at a time, just before it is sent: a lease that ran while others were being sent would
    end on messages that nobody has tried yet.
    """
    now, token = timezone.now(), uuid.uuid4()
    taken = (
        _claimable(now)
        .filter(id=delivery_id)
        .update(
            status=Status.SENDING, lease_token=token, lease_expires_at=_lease_end(now)
        )
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
) -> bool:
    """End one try. `pending` needs `next_attempt_at`. False: somebody else has it by now."""
    final = status in Delivery.FINAL
    changes: dict[str, Any] = {
        "status": status,
        "lease_token": None,
        "lease_expires_at": None,
        "error": error,
        "finished_at": timezone.now() if final else None,
        "attempts_made": delivery.attempts_made + (status != Status.CANCELLED),
    }
    if next_attempt_at is not None:
        changes |= {"next_attempt_at": next_attempt_at, "rung_at": next_attempt_at}
    if status == Status.DELIVERED and attempt is not None:
        changes["parts_sent"] = attempt.part
    with transaction.atomic():
        held = _mine(delivery).update(**changes)
        if held and attempt is not None:
            attempt.save(force_insert=True)
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
        rung_at=now,
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


def reopen(delivery: Delivery) -> bool:
    """Owe a final delivery again, under its old id. False: it is not final.

    One that stopped in the middle goes on where it stopped; one that arrived is sent whole.
    """
    now = timezone.now()
    return bool(
        Delivery.objects.filter(id=delivery.id, status__in=Delivery.FINAL).update(
            status=Status.PENDING,
            finished_at=None,
            next_attempt_at=now,
            rung_at=now,
            attempts_made=0,
            parts_sent=Case(
                When(status=Status.DELIVERED, then=0),
                default=F("parts_sent"),
                output_field=PositiveIntegerField(),
            ),
            error="",
            replayed=True,
        )
    )


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.NOTIFICATIONS.lease_seconds)


def _claimable(now: datetime) -> Any:
    return Delivery.objects.filter(status=Status.PENDING, next_attempt_at__lte=now)


def _mine(delivery: Delivery) -> Any:
    return Delivery.objects.filter(
        id=delivery.id, status=Status.SENDING, lease_token=delivery.lease_token
    )

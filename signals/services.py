"""Verbs for signal outputs: ingest one, claim some, complete, fail or extend a claimed one.

People may move one by hand. Who moved what, and when, is in `SignalOutput.moves`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _

from signals import lifecycle
from signals.exceptions import Conflict, LeaseLost
from signals.models import SignalOutput
from signals.payload import PayloadError, read_payload
from signals.sanitise import clean_json, clean_text

Status = SignalOutput.Status

#: What a consumer may narrow its claim by; each is compared exactly.
CLAIM_FILTERS = ("ticker", "event_type", "event_date", "source", "task_id")
LONGEST_LEASE_SECONDS = 86_400.0
_KEY_CHARS = 200
_CONSUMER_CHARS = 100


def ingest(
    payload: Mapping[str, Any],
    *,
    idempotency_key: str | None = None,
    actor: str | None = None,
) -> tuple[SignalOutput, bool]:
    """Store `payload` as a new signal. Returns it and whether this call created it.

    `actor` is who hands it in; None: a run of the task that the payload names.

    The same `idempotency_key` is stored once, however often and however concurrently it is
    sent; the one stored first is returned. Raises `ValidationError` by field.
    """
    key = _idempotency_key(idempotency_key)
    if key and (known := SignalOutput.objects.filter(idempotency_key=key).first()):
        return known, False
    try:
        columns = read_payload(payload)
    except PayloadError as error:
        raise ValidationError(
            {name: [text] for name, text in error.errors.items()}
        ) from error
    if actor is None:
        actor = f"run {columns['task_id']}".strip()
    try:
        return lifecycle.born(columns | {"idempotency_key": key}, actor=actor), True
    except IntegrityError:
        # Somebody sent the same key between the look and the insert.
        if key and (known := SignalOutput.objects.filter(idempotency_key=key).first()):
            return known, False
        raise


def claim(
    *,
    consumer: str,
    limit: int = 1,
    lease_seconds: float | None = None,
    **filters: Any,
) -> list[SignalOutput]:
    """Take the oldest waiting signals for `consumer`, all under one lease token.

    Signals of dead consumers (the lease ended) are taken over first; those that died with
    `settings.SIGNALS.max_claims` consumers fail instead. `filters`: see `CLAIM_FILTERS`.
    Raises `ValidationError` by field.
    """
    lease = _claim_lease(consumer, limit, lease_seconds)
    if unknown := sorted(set(filters) - set(CLAIM_FILTERS)):
        allowed = ", ".join(CLAIM_FILTERS)
        raise ValidationError({unknown[0]: [f"No filter; there are: {allowed}."]})
    now = timezone.now()
    lifecycle.bury(now, max_claims=settings.SIGNALS.max_claims)
    return lifecycle.take(
        SignalOutput.objects.filter(**filters),
        consumer=clean_text(consumer),
        limit=limit,
        now=now,
        lease=lease,
    )


def complete(
    signal_id: int, lease_token: uuid.UUID, result: Any = None
) -> SignalOutput:
    """End a claimed signal well, keeping `result` (any JSON). Raises `LeaseLost`."""
    ended = lifecycle.end(
        signal_id,
        lease_token,
        Status.COMPLETED,
        timezone.now(),
        result=clean_json(result),
    )
    return ended or _lost(signal_id)


def fail(
    signal_id: int, lease_token: uuid.UUID, error: str, *, retry: bool = False
) -> SignalOutput:
    """End a claimed signal badly. Raises `LeaseLost`.

    With `retry` it waits for a consumer again, unless it has been claimed
    `settings.SIGNALS.max_claims` times.
    """
    error, now = clean_text(error), timezone.now()
    most = settings.SIGNALS.max_claims
    moved = None
    if retry:
        moved = lifecycle.put_back(
            signal_id, lease_token, now, error=error, claims_below=most
        )
    if moved is None:
        moved = lifecycle.end(signal_id, lease_token, Status.FAILED, now, error=error)
    return moved or _lost(signal_id)


def extend(
    signal_id: int, lease_token: uuid.UUID, lease_seconds: float | None = None
) -> SignalOutput:
    """Hold a claimed signal for `lease_seconds` from now. Raises `LeaseLost`."""
    lease = _lease(lease_seconds)
    if not lifecycle.extend(signal_id, lease_token, timezone.now() + lease):
        _lost(signal_id)
    return SignalOutput.objects.get(id=signal_id)


def move_by_hand(
    signal: SignalOutput,
    status: str,
    *,
    user: AbstractBaseUser | AnonymousUser,
    note: str = "",
) -> None:
    """Move `signal`, as it was seen, to `status` (see `lifecycle.BY_HAND`) for a person.

    Raises `Conflict` when it has moved since, or when there is no such move.
    """
    names = dict(Status.choices)
    if signal.status not in lifecycle.BY_HAND.get(status, ()):
        raise Conflict(
            _("A signal that is %(old)s cannot be made %(new)s by hand.")
            % {"old": names[signal.status], "new": names.get(status, status)}
        )
    note = clean_text(note).strip()
    actor = clean_text(user.get_username())
    if not lifecycle.by_hand(signal, status, timezone.now(), actor=actor, note=note):
        raise Conflict(_("Somebody else moved this signal a moment ago: look again."))


def _idempotency_key(key: str | None) -> str | None:
    cleaned = clean_text(key or "").strip()
    if len(cleaned) > _KEY_CHARS:
        message = f"{len(cleaned)} characters are too many: at most {_KEY_CHARS}."
        raise ValidationError({"idempotency_key": [message]})
    return cleaned or None


def _claim_lease(consumer: str, limit: int, lease_seconds: float | None) -> timedelta:
    most = settings.SIGNALS.claim_limit
    if not consumer.strip() or len(consumer) > _CONSUMER_CHARS:
        message = f"Say who claims, in 1 to {_CONSUMER_CHARS} characters."
        raise ValidationError({"consumer": [message]})
    if not 1 <= limit <= most:
        raise ValidationError({"limit": [f"{limit} is not between 1 and {most}."]})
    return _lease(lease_seconds)


def _lease(seconds: float | None) -> timedelta:
    seconds = settings.SIGNALS.claim_lease_seconds if seconds is None else seconds
    if not 0 < seconds <= LONGEST_LEASE_SECONDS:
        message = f"{seconds} is not above 0 and at most {LONGEST_LEASE_SECONDS:.0f}."
        raise ValidationError({"lease_seconds": [message]})
    return timedelta(seconds=seconds)


def _lost(signal_id: int) -> NoReturn:
    status = (
        SignalOutput.objects.filter(id=signal_id)
        .values_list("status", flat=True)
        .first()
    )
    if status is None:
        raise LeaseLost(f"There is no signal {signal_id}.")
    raise LeaseLost(
        f"This lease token does not hold signal {signal_id} (now {status}): "
        "it has ended or was given to another consumer."
    )

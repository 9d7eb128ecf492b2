"""The signal's state machine. Every move is a conditional update; zero rows: another was first.

(nothing)  -> new          born()        a run or a program hands it in
new        -> processing   take()        a consumer holds it under a lease
processing -> processing   take()        the lease ended: its consumer died
processing -> failed       bury()        its consumers died too often
processing -> completed    end()         fenced by the lease token
processing -> failed       end()
processing -> new          put_back()    the consumer asks for another try
see BY_HAND                by_hand()     a person decides

Each move leaves a `SignalMove` (who, when, why) in the transaction that makes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from signals.events import moved
from signals.models import SignalMove, SignalOutput

Status = SignalOutput.Status

BY_HAND: Mapping[str, frozenset[str]] = {
    Status.NEW: frozenset({Status.PROCESSING, Status.FAILED}),
    Status.COMPLETED: frozenset({Status.NEW, Status.PROCESSING, Status.FAILED}),
    Status.FAILED: frozenset({Status.NEW, Status.PROCESSING}),
}
"""Where a person may move a signal to, and from which states."""
_BURIED_AT_ONCE = 500
_VERBS = {Status.NEW: "released", Status.PROCESSING: "claimed"}
_TOLD = ("id", "status", "ticker", "event_type", "source", "task_id", "run_id")
"""What others are told of a signal that has moved."""


def born(columns: Mapping[str, Any], *, actor: str) -> SignalOutput:
    """Write a new signal. Raises `IntegrityError` when its idempotency key is taken."""
    with transaction.atomic():
        signal = SignalOutput.objects.create(**columns)
        _record([signal], actor=actor, at=signal.created_at, verb="created")
    return signal


def take(
    rows: QuerySet[SignalOutput],
    *,
    consumer: str,
    limit: int,
    now: datetime,
    lease: timedelta,
) -> list[SignalOutput]:
    """Take at most `limit` of `rows` under one fresh lease, dead consumers' first.

    Where the database can skip locked rows, consumers do not wait for each other. On SQLite
    the IMMEDIATE transaction is the lock: they take turns.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        # Two queries rather than one with OR: each has an index of its own.
        dead = _lock(_expired(rows, now).order_by("id"), limit)
        waiting = rows.filter(status=Status.NEW).order_by("id")
        ids = [*dead, *_lock(waiting, limit - len(dead))]
        SignalOutput.objects.filter(id__in=ids).update(
            status=Status.PROCESSING,
            consumer=consumer,
            lease_token=token,
            lease_expires_at=now + lease,
            claims=F("claims") + 1,
        )
        held = SignalOutput.objects.filter(id__in=ids, lease_token=token)
        taken = list(held.order_by("id"))
        notes = {
            key: f"Taken over from {before}, whose lease had ended."
            for key, before in dead.items()
        }
        _record(taken, actor=consumer, at=now, notes=notes)
    return taken


def bury(now: datetime, *, max_claims: int) -> int:
    """Fail those whose lease ended for the `max_claims`-th time. Returns how many."""
    worn_out = _expired(SignalOutput.objects.all(), now).filter(claims__gte=max_claims)
    error = f"{max_claims} consumers took this signal and none of them ended it."
    with transaction.atomic():
        ids = _lock(worn_out, _BURIED_AT_ONCE)
        if not ids:
            return 0
        rows = SignalOutput.objects.filter(id__in=ids)
        rows.update(**_ended(Status.FAILED, now), error=error)
        buried = list(rows.only(*_TOLD))
        _record(buried, actor="", at=now, notes=dict.fromkeys(ids, error))
    return len(ids)


def end(
    signal_id: int,
    token: uuid.UUID,
    status: SignalOutput.Status,
    now: datetime,
    *,
    error: str = "",
    **changes: Any,
) -> SignalOutput | None:
    """Complete or fail the signal held under `token`. None: the token holds nothing."""
    changes |= _ended(status, now) | {"error": error}
    return _move(signal_id, _held(signal_id, token), changes, now)


def put_back(
    signal_id: int, token: uuid.UUID, now: datetime, *, error: str, claims_below: int
) -> SignalOutput | None:
    """Let another consumer try. None: not held, or taken `claims_below` times already."""
    held = _held(signal_id, token).filter(claims__lt=claims_below)
    return _move(signal_id, held, _waiting() | {"error": error}, now)


def extend(signal_id: int, token: uuid.UUID, lease_end: datetime) -> bool:
    """Move the end of the lease. False: the token holds nothing."""
    return bool(_held(signal_id, token).update(lease_expires_at=lease_end))


def by_hand(
    seen: SignalOutput, status: str, now: datetime, *, actor: str, note: str
) -> bool:
    """Move `seen` to `status` for a person. False: it is not as it was seen any more.

    One that is put back waits as if nobody had taken it yet; a consumer that holds it loses
    its lease. Whether the move is one of `BY_HAND` is the caller's to know.
    """
    as_seen = SignalOutput.objects.filter(
        id=seen.pk, status=seen.status, claims=seen.claims, lease_token=seen.lease_token
    )
    changes = _ended(status, now)
    if status == Status.NEW:
        changes = _waiting() | {"claims": 0}
    changes["error"] = note if status == Status.FAILED else ""
    with transaction.atomic():
        if not as_seen.update(**changes):
            return False
        as_it_is = copy(seen)
        as_it_is.status = status
        _record([as_it_is], actor=actor, at=now, notes={seen.pk: note})
    return True


def _move(
    signal_id: int,
    held: QuerySet[SignalOutput],
    changes: Mapping[str, Any],
    now: datetime,
) -> SignalOutput | None:
    """Change the signal if `held` still finds it, and record that as its consumer's move."""
    with transaction.atomic():
        if not held.update(**changes):
            return None
        signal = SignalOutput.objects.get(id=signal_id)
        notes = {signal_id: signal.error}
        _record([signal], actor=signal.consumer, at=now, notes=notes)
    return signal


def _record(
    signals: Sequence[SignalOutput],
    *,
    actor: str,
    at: datetime,
    notes: Mapping[int, str] | None = None,
    verb: str = "",
) -> None:
    """Write one move for each signal, whose status is the new one already: one INSERT.

    All have the same status; `verb` is what others are told of it, where that says too little.
    """
    SignalMove.objects.bulk_create(
        SignalMove(
            signal_id=signal.pk,
            status=signal.status,
            actor=actor,
            note=(notes or {}).get(signal.pk, ""),
            at=at,
        )
        for signal in signals
    )
    if signals:
        status = Status(signals[0].status)
        verb = verb or _VERBS.get(status, str(status))
        moved.send_robust(SignalOutput, signals=signals, verb=verb)


def _expired(rows: QuerySet[SignalOutput], now: datetime) -> QuerySet[SignalOutput]:
    return rows.filter(status=Status.PROCESSING, lease_expires_at__lt=now)


def _lock(rows: QuerySet[SignalOutput], limit: int) -> dict[int, str]:
    """The first `limit` of `rows` that nobody else has locked: id -> consumer."""
    if limit < 1:
        return {}
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return dict(rows.values_list("id", "consumer")[:limit])


def _held(signal_id: int, token: uuid.UUID) -> QuerySet[SignalOutput]:
    return SignalOutput.objects.filter(
        id=signal_id, status=Status.PROCESSING, lease_token=token
    )


def _waiting() -> dict[str, Any]:
    return {
        "status": Status.NEW,
        "finished_at": None,
        "lease_token": None,
        "lease_expires_at": None,
    }


def _ended(status: str, now: datetime) -> dict[str, Any]:
    return {
        "status": status,
        "finished_at": now,
        "lease_token": None,
        "lease_expires_at": None,
    }

"""The signal's state machine. Every move is a conditional update; zero rows: another was first.

new        -> processing   take()        a consumer holds it under a lease
processing -> processing   take()        the lease ended: its consumer died
processing -> failed       bury()        its consumers died too often
processing -> completed    end()         fenced by the lease token
processing -> failed       end()
processing -> new          put_back()    the consumer asks for another try
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from signals.models import SignalOutput

Status = SignalOutput.Status


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
        ids: list[int] = []
        # Two queries rather than one with OR: each has an index of its own.
        for available in (_expired(rows, now), rows.filter(status=Status.NEW)):
            ids += _lock(available.order_by("id"), limit - len(ids))
        SignalOutput.objects.filter(id__in=ids).update(
            status=Status.PROCESSING,
            consumer=consumer,
            lease_token=token,
            lease_expires_at=now + lease,
            claims=F("claims") + 1,
        )
        taken = SignalOutput.objects.filter(id__in=ids, lease_token=token)
        return list(taken.order_by("id"))


def bury(now: datetime, *, max_claims: int) -> int:
    """Fail those whose lease ended for the `max_claims`-th time. Returns how many."""
    return (
        _expired(SignalOutput.objects.all(), now)
        .filter(claims__gte=max_claims)
        .update(
            **_ended(Status.FAILED, now),
            error=f"{max_claims} consumers took this signal and none of them ended it.",
        )
    )


def end(
    signal_id: int,
    token: uuid.UUID,
    status: SignalOutput.Status,
    now: datetime,
    **changes: Any,
) -> bool:
    """Complete or fail the signal held under `token`. False: the token holds nothing."""
    return bool(_held(signal_id, token).update(**_ended(status, now), **changes))


def put_back(
    signal_id: int, token: uuid.UUID, *, error: str, claims_below: int
) -> bool:
    """Let another consumer try. False: not held, or taken `claims_below` times already."""
    return bool(
        _held(signal_id, token)
        .filter(claims__lt=claims_below)
        .update(status=Status.NEW, lease_token=None, lease_expires_at=None, error=error)
    )


def extend(signal_id: int, token: uuid.UUID, lease_end: datetime) -> bool:
    """Move the end of the lease. False: the token holds nothing."""
    return bool(_held(signal_id, token).update(lease_expires_at=lease_end))


def _expired(rows: QuerySet[SignalOutput], now: datetime) -> QuerySet[SignalOutput]:
    return rows.filter(status=Status.PROCESSING, lease_expires_at__lt=now)


def _lock(rows: QuerySet[SignalOutput], limit: int) -> list[int]:
    if limit < 1:
        return []
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows.values_list("id", flat=True)[:limit])


def _held(signal_id: int, token: uuid.UUID) -> QuerySet[SignalOutput]:
    return SignalOutput.objects.filter(
        id=signal_id, status=Status.PROCESSING, lease_token=token
    )


def _ended(status: SignalOutput.Status, now: datetime) -> dict[str, Any]:
    return {
        "status": status,
        "finished_at": now,
        "lease_token": None,
        "lease_expires_at": None,
    }

"""Requests that are sent twice and must be done once: what was answered, by Idempotency-Key.

The row is there before the work begins, so that of two at once one works and one is told so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from notifications.encryption import DecryptionError
from scheduling.exceptions import Conflict
from scheduling.models import IdempotentRequest

#: Longer than any request takes: whoever has not answered by then has died.
LOCKED_FOR = timedelta(seconds=120)
#: A longer answer is not kept, and its request is done again.
MAX_BODY_CHARS = 1_000_000
_BATCH = 1000


class UnderWay(Conflict):
    """The first request with this key is still being answered."""


class Unreadable(Conflict):
    """It was done, and its answer was encrypted with a key that is lost."""


class OtherRequest(Exception):
    """The key was used for something else."""


@dataclass(frozen=True)
class Answer:
    """What the first request was answered."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Claim:
    """The right to answer a request, until `until`."""

    digest: str
    until: datetime

    def keep(self, answer: Answer) -> None:
        """Give this answer to whoever sends the request again."""
        self._mine().update(
            status=answer.status, headers=dict(answer.headers), body=answer.body
        )

    def release(self) -> None:
        """Forget the request: sent again, it is done anew."""
        self._mine().delete()

    def _mine(self) -> Any:
        # Another may have taken it over, if this one was very slow.
        return IdempotentRequest.objects.filter(
            digest=self.digest, status=None, locked_until=self.until
        )


def claim(*, caller: str, address: str, key: str, sent: bytes) -> Claim | Answer:
    """Return the right to do the request, or what was answered when it was done.

    `sent` is all that makes it this request and no other. Not for a transaction. Raises
    `UnderWay`, `Unreadable` and `OtherRequest`.
    """
    now = timezone.now()
    body_digest = hashlib.sha256(sent).hexdigest()
    mine = Claim(_digest(caller, address, key), now + LOCKED_FOR)
    try:
        row, is_new = IdempotentRequest.objects.get_or_create(
            digest=mine.digest,
            defaults={"body_digest": body_digest, "locked_until": mine.until},
        )
    except IntegrityError:  # it was there and is gone: released at this moment
        raise UnderWay(_UNDER_WAY) from None
    except DecryptionError:
        raise Unreadable(_UNREADABLE) from None
    if is_new:
        return mine
    if row.created_at < now - _kept_for():
        return _take_over(row, mine, body_digest, now)
    if row.body_digest != body_digest:
        raise OtherRequest
    if row.status is not None:
        return Answer(row.status, row.headers, row.body)
    if row.locked_until > now:
        raise UnderWay(_UNDER_WAY)
    return _take_over(row, mine, body_digest, now)


def prune() -> int:
    """Delete what nobody is meant to send again, in batches. Returns how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - _kept_for())
    total = 0
    while keys := list(
        old.order_by("created_at").values_list("pk", flat=True)[:_BATCH]
    ):
        total += IdempotentRequest.objects.filter(pk__in=keys).delete()[0]
    return total


def _take_over(
    row: IdempotentRequest, mine: Claim, body_digest: str, now: datetime
) -> Claim:
    """Begin anew where the first has died, or the answer has had its time."""
    taken = IdempotentRequest.objects.filter(
        digest=row.digest, status=row.status, locked_until=row.locked_until
    ).update(
        body_digest=body_digest, status=None, headers={}, body="",
        created_at=now, locked_until=mine.until,
    )  # fmt: skip
    if not taken:
        raise UnderWay(_UNDER_WAY)
    return mine


def _digest(*parts: str) -> str:
    # None of them holds NUL.
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _kept_for() -> timedelta:
    return timedelta(hours=settings.SCHEDULING.idempotency_hours)


_UNREADABLE = (
    "This request was done, but no encryption key reads what was answered; look at what it has "
    "made, and take another Idempotency-Key for the next one."
)
_UNDER_WAY = (
    "The first request with this Idempotency-Key is still being answered; ask again."
)

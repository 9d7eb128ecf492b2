"""One-time addresses at which agents answer later: opened by a worker, answered through the web.

An answer ends its run, so there is one for all its tries: one that comes while no worker waits
(given back, rescued) counts for the next try. Of an address only its digest is kept.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from scheduling.exceptions import Conflict
from scheduling.models import Callback, Run
from signals.sanitise import clean_text

_TOKEN_BYTES = 32
_KIND_CHARS = 200


class UnknownCallback(LookupError):
    """No run has that address (any more)."""


class CallbackOver(Exception):
    """The run does not wait for an answer any more."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What an agent sent to its address; an `agents.base.HttpAnswer`."""

    body: bytes
    headers: dict[str, str]
    status: int = 200
    truncated: bool = field(default=False, init=False)


def open_callback(run_id: uuid.UUID, *, seconds: float) -> str | None:
    """Return the token of a new address for this run; the one of an earlier try is over.

    None: the run has been answered already.
    """
    now = timezone.now()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    fresh = {
        "digest": _digest(token),
        "created_at": now,
        "expires_at": now + timedelta(seconds=seconds),
    }
    if Callback.objects.filter(run_id=run_id, answered_at=None).update(**fresh):
        return token
    try:
        with transaction.atomic():
            Callback.objects.create(run_id=run_id, **fresh)
    except IntegrityError:
        return None
    return token


def answer(token: str, *, content_type: str, body: bytes) -> None:
    """Keep what an agent answers at the address with this token, once.

    Raises `UnknownCallback`, `CallbackOver` when it is too late, `Conflict` the second time.
    """
    now, mine = timezone.now(), Callback.objects.filter(digest=_digest(token))
    # Locked, so that of two answers at once one is the first.
    with transaction.atomic():
        locked = mine.select_for_update(of=("self",)).select_related("run")
        callback = locked.only("answered_at", "expires_at", "run__status").first()
        if callback is None:
            raise UnknownCallback
        if callback.answered_at is not None:
            raise Conflict("This run has been answered already; an address is good for one answer.")  # fmt: skip
        if callback.run.status in Run.FINAL:
            raise CallbackOver(f"The run is over: {callback.run.status}.")
        if callback.expires_at <= now:
            raise CallbackOver(
                f"The deadline of the run was {callback.expires_at.isoformat(timespec='seconds')}."
            )
        callback.answered_at, callback.body = now, body
        callback.content_type = clean_text(content_type)[:_KIND_CHARS]
        callback.save(update_fields=["answered_at", "body", "content_type"])


def answers_of(run_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Answered]:
    """Those of these runs that have been answered, with what. One query."""
    rows = Callback.objects.filter(run_id__in=run_ids, answered_at__isnull=False)
    return {
        row.run_id: Answered(
            body=bytes(row.body), headers={"content-type": row.content_type}
        )
        for row in rows
    }


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

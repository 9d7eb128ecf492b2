"""What keys to something have in common: told once, kept as a digest, seen to be used."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q

from scheduling.models import FeedKey, TriggerKey

SHOWN_CHARS = 8
"""Of its beginning, by which people tell keys apart."""
_RANDOM_BYTES = 32
_USED_EVERY = timedelta(minutes=1)


def new_key(mark: str) -> str:
    """Return a key that nobody can guess, beginning with `mark`."""
    return mark + secrets.token_urlsafe(_RANDOM_BYTES)


def digest_of(told: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()


def mark_key_used(key: TriggerKey | FeedKey, now: datetime) -> None:
    """Keep when it was last used, to the minute: a busy key is not written each time."""
    before = now - _USED_EVERY
    if key.last_used_at is None or key.last_used_at < before:
        seldom = Q(last_used_at=None) | Q(last_used_at__lt=before)
        rows = type(key)._default_manager.filter(seldom, pk=key.pk)  # noqa: SLF001 -- Django's documented API
        rows.update(last_used_at=now)

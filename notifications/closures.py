"""Places that have asked to wait: who sends learns it from one row, whichever process was told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from notifications.models import Delivery, Destination, Webhook

_FORGOTTEN_AFTER = timedelta(hours=1)


def close(key: str, until: datetime, *, host: str = "", reason: str = "") -> bool:
    """Send nothing to the place `key` before `until`. False: it is closed for longer already.

    What waits for that place is put off with it, in one update: it makes no tries in vain.
    """
    if not key:
        return False
    shown = {"host": host[:255], "reason": reason[:300]}
    later = Destination.objects.filter(key=key, open_at__lt=until)
    if not later.update(open_at=until, **shown):
        made = Destination(key=key, open_at=until, **shown)
        Destination.objects.bulk_create([made], ignore_conflicts=True)
        if not Destination.objects.filter(key=key, open_at=until).exists():
            return False
    put_off(key, until)
    return True


def closed_until(keys: Collection[str], now: datetime) -> datetime | None:
    """Until when one of these places wants nothing; None: all of them are open."""
    closed = Destination.objects.filter(key__in=keys, open_at__gt=now)
    until: datetime | None = closed.aggregate(until=Max("open_at"))["until"]
    return until


def put_off(destination: str, until: datetime) -> int:
    """Let all that waits for this place wait until then. Returns how many. It is no try."""
    webhooks = Webhook.objects.filter(destination=destination).values("pk")
    return Delivery.objects.filter(
        status=Delivery.Status.PENDING,
        collected_until__isnull=True,
        next_attempt_at__lt=until,
        webhook__in=webhooks,
    ).update(next_attempt_at=until, rung_at=unrung(until))


def unrung(moment: datetime) -> datetime:
    """The `rung_at` of what is put off to `moment`: the first look after it will ring."""
    return moment - timedelta(seconds=settings.NOTIFICATIONS.rering_after_seconds)


def forget(now: datetime) -> None:
    """Delete the rows of places that opened long ago."""
    Destination.objects.filter(open_at__lt=now - _FORGOTTEN_AFTER).delete()

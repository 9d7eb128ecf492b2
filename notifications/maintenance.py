"""The reconciler of deliveries: what the broker lost or a sender dropped goes on from the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from notifications import lifecycle
from notifications.doorbell import ring
from notifications.models import ChatSession, Delivery

_BATCH = 1000


def keep_house() -> None:
    """Take over from dead senders, then ring for every delivery that is due and was not claimed."""
    lifecycle.take_over(timezone.now())
    republish()


def republish() -> int:
    """Ring for what is due: a retry whose time has come, or a lost message. Returns how many.

    A delivery that was rung a moment ago is left in peace (`rung_at`); a retry is not, because
    its `rung_at` is the instant it was put off to.
    """
    conf, now = settings.NOTIFICATIONS, timezone.now()
    due = Delivery.objects.filter(
        status=Delivery.Status.PENDING, next_attempt_at__lte=now
    )
    unheard = due.filter(
        rung_at__lte=now - timedelta(seconds=conf.rering_after_seconds)
    )
    put_off = due.filter(attempts_made__gt=0, rung_at=F("next_attempt_at"))
    ids = list(
        (unheard | put_off)
        .order_by("next_attempt_at")
        .values_list("id", flat=True)[:_BATCH]
    )
    Delivery.objects.filter(id__in=ids).update(rung_at=now)
    ring(ids)
    return len(ids)


def prune() -> int:
    """Delete final deliveries and chat sessions older than the settings say. Returns how many."""
    conf = settings.NOTIFICATIONS
    return _prune(
        Delivery.objects.filter(status__in=Delivery.FINAL), conf.keep_deliveries_days
    ) + _prune(ChatSession.objects.all(), conf.keep_sessions_days)


def _prune(rows: QuerySet[Any], days: int) -> int:
    """Delete those of `rows` that are older than `days`, in batches; 0 days: none."""
    if not days:
        return 0
    old = rows.filter(created_at__lt=timezone.now() - timedelta(days=days))
    total = 0
    while ids := list(old.order_by("created_at").values_list("id", flat=True)[:_BATCH]):
        # Asked again: one of them may have been replayed meanwhile.
        old.filter(id__in=ids).delete()
        total += len(ids)
    return total

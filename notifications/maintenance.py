"""The reconciler of deliveries: what the broker lost or a sender dropped goes on from the rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from notifications import closures, digests, incidents, lifecycle
from notifications.doorbell import ring
from notifications.models import ChatSession, Delivery, Incident

_BATCH = 1000


def keep_house() -> None:
    """Take over from dead senders, end and remind of incidents, then ring for every delivery
    that is due and was not claimed.
    """
    now = timezone.now()
    lifecycle.take_over(now)
    incidents.keep(now)
    closures.forget(now)
    digests.follow(now)
    digests.gather(now)
    republish()


def republish() -> int:
    """Ring for what is due: a retry whose time has come, or a lost message. Returns how many.

    A delivery that was rung a moment ago is left in peace (`rung_at`); what was put off is not:
    it counts as rung long ago by then (`closures.unrung`).
    """
    now = timezone.now()
    unheard = Delivery.objects.filter(
        status=Delivery.Status.PENDING,
        next_attempt_at__lte=now,
        collected_until__isnull=True,
        rung_at__lte=closures.unrung(now),
    )
    ids = list(
        unheard.order_by("next_attempt_at", "created_at").values_list("id", flat=True)[
            :_BATCH
        ]
    )
    Delivery.objects.filter(id__in=ids).update(rung_at=now)
    ring(ids)
    return len(ids)


def prune() -> int:
    """Delete final deliveries, chat sessions and resolved incidents older than the settings say.

    Returns how many.
    """
    conf = settings.NOTIFICATIONS
    over = Incident.objects.filter(resolved_at__isnull=False)
    return (
        _prune(Delivery.objects.filter(status__in=Delivery.FINAL), conf.keep_deliveries_days)
        + _prune(ChatSession.objects.all(), conf.keep_sessions_days)
        + _prune(over, conf.keep_incidents_days, since="opened_at")
    )  # fmt: skip


def _prune(rows: QuerySet[Any], days: int, since: str = "created_at") -> int:
    """Delete those of `rows` that are older than `days`, in batches; 0 days: none."""
    if not days:
        return 0
    old = rows.filter(**{f"{since}__lt": timezone.now() - timedelta(days=days)})
    total = 0
    while ids := list(old.order_by(since).values_list("id", flat=True)[:_BATCH]):
        # Asked again: one of them may have been replayed meanwhile.
        old.filter(id__in=ids).delete()
        total += len(ids)
    return total

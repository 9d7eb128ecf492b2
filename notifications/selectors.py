"""Read shapes of `notifications`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Q, QuerySet

from notifications.models import ChatSession, Delivery

Status = Delivery.Status


def sessions_for(user: AbstractBaseUser | AnonymousUser) -> QuerySet[ChatSession]:
    """The sessions `user` may read: all for staff, else those that name them."""
    if getattr(user, "is_staff", False):
        return ChatSession.objects.all()
    return ChatSession.objects.filter(user_id=str(user.pk))


def delivery_counts(since: datetime) -> dict[str, int]:
    """How many deliveries wait, and how many failed or are unknown since `since` (aware)."""
    counts: dict[str, Any] = Delivery.objects.filter(
        Q(created_at__gte=since) | Q(status__in=[Status.PENDING, Status.SENDING])
    ).aggregate(
        pending=Count("id", filter=Q(status__in=[Status.PENDING, Status.SENDING])),
        failed_24h=Count("id", filter=Q(status=Status.FAILED)),
        unknown=Count("id", filter=Q(status=Status.UNKNOWN)),
    )
    return counts

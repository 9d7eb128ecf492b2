"""Read shapes of `notifications`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left

from notifications.lifecycle import SWITCHED_OFF
from notifications.models import ChatMessage, ChatSession, Delivery, Webhook
from notifications.wording import pattern_of

Status = Delivery.Status
_EXCERPT_CHARS = 400


def sessions_for(user: AbstractBaseUser | AnonymousUser) -> QuerySet[ChatSession]:
    """The sessions `user` may read: all for staff who may view them, else their own."""
    person: Any = user
    if person.is_staff and person.has_perm("notifications.view_chatsession"):
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


def missed_by(webhook: Webhook) -> QuerySet[Delivery]:
    """What has failed at `webhook` since nothing arrived there any more, or was cancelled because
    Backbeat had switched it off. What a person cancelled is left alone, and what is in doubt.
    """
    cancelled = Q(status=Status.CANCELLED, error__startswith=SWITCHED_OFF)
    failed = Q(status=Status.FAILED)
    rows = Delivery.objects.filter(webhook=webhook.pk, digest__isnull=True)
    if webhook.failing_since is None:
        return rows.none()
    return rows.filter(cancelled | failed, finished_at__gte=webhook.failing_since)


def inbox_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[ChatSession]:
    """The sessions that were written to `user`, newest first; for staff too, only those."""
    return ChatSession.objects.filter(user_id=str(user.pk))


def older_than(
    sessions: QuerySet[ChatSession], place: ChatSession
) -> QuerySet[ChatSession]:
    """Those of `sessions` that come after `place` in the inbox, nearest first."""
    at = place.created_at
    return sessions.filter(created_at__lte=at).exclude(created_at=at, id__gte=place.id)


def newer_than(
    sessions: QuerySet[ChatSession], place: ChatSession
) -> QuerySet[ChatSession]:
    """Those of `sessions` that come before `place` in the inbox, nearest first."""
    at = place.created_at
    newer = sessions.filter(created_at__gte=at).exclude(created_at=at, id__lte=place.id)
    return newer.order_by("created_at", "id")


def with_excerpts(sessions: QuerySet[ChatSession]) -> QuerySet[ChatSession]:
    """`sessions` with `.excerpt`, the start of what the agent said first (Markdown)."""
    said = ChatMessage.objects.filter(
        session=OuterRef("pk"), role=ChatMessage.Role.ASSISTANT
    ).values(start=Left("content", _EXCERPT_CHARS))
    return sessions.annotate(excerpt=Subquery(said[:1]))


def containing(sessions: QuerySet[ChatSession], words: str) -> QuerySet[ChatSession]:
    """Those of `sessions` with each of `words` in the title or in a message.

    Case and diacritics do not count: `bao cao` finds `Báo cáo`.
    """
    for word in words.split():
        pattern = pattern_of(word)
        told = ChatMessage.objects.filter(
            session=OuterRef("pk"), content__iregex=pattern
        )
        sessions = sessions.filter(Q(title__iregex=pattern) | Exists(told))
    return sessions

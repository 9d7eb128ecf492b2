"""Alerts: where it is told that an incident opened, goes on, or is over.

An alert is a `Delivery` like any other, so that it is retried, shown and replayed. It waits for
no quiet hours: what an alert channel gets matters now.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet

from notifications.alert_words import News, headline, payload_of, words
from notifications.doorbell import ring
from notifications.models import ChatMessage, ChatSession, Delivery, Incident, Webhook

#: Stays encrypted: nobody needs it before the message is sent.
_SECRETS = ("url", "headers", "signing_secret", "previous_secret")


@dataclass(frozen=True, kw_only=True)
class Alert:
    """News of an incident, and who is to get it."""

    incident: Incident
    news: News
    channels: Sequence[Webhook] = ()
    #: Whose inbox says it too; empty: nobody's.
    user_id: str = ""


def tell(alerts: Sequence[Alert], now: datetime) -> None:
    """Owe these alerts, in the caller's transaction; the bell rings after its commit.

    Those that come soon after another one to the same channel wait, and go out together
    (`NOTIFICATIONS_ALERT_GROUP_SECONDS`). At most three queries, however many alerts.
    """
    _say([each for each in alerts if each.user_id])
    pairs = [(each, channel) for each in alerts for channel in each.channels]
    if not pairs:
        return
    waits = _collecting([channel.pk for _alert, channel in pairs], now)
    deliveries = [
        _delivery(alert, channel, now, waits.get(channel.pk))
        for alert, channel in pairs
    ]
    Delivery.objects.bulk_create(deliveries)
    if at_once := [each.id for each in deliveries if each.collected_until is None]:
        transaction.on_commit(partial(ring, at_once))


def installation_channels() -> list[Webhook]:
    """The active alert channels of the installation."""
    found = Webhook.objects.filter(for_alerts=True, active=True)
    return list(found.defer(*_SECRETS))


def told_to(incidents: Collection[Incident]) -> dict[int, list[Webhook]]:
    """The channels, still active, that were told of each of these incidents; by its id."""
    told = Delivery.objects.filter(incident__in=incidents, webhook__isnull=False)
    pairs = set(told.order_by().values_list("incident_id", "webhook_id").distinct())
    active = Webhook.objects.filter(active=True).defer(*_SECRETS)
    webhooks = active.in_bulk({webhook for _, webhook in pairs}) if pairs else {}
    found: dict[int, list[Webhook]] = {each.pk: [] for each in incidents}
    for incident, webhook in sorted(pairs):
        if webhook in webhooks:
            found[incident].append(webhooks[webhook])
    return found


# -- in an inbox


def session_id(incident: Incident) -> uuid.UUID:
    """The chat session that tells of `incident`, from its opening to its end."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"backbeat:incident:{incident.pk}")


def readers_of(incidents: Collection[Incident]) -> dict[int, str]:
    """Whose inbox tells of each of these incidents; by its id."""
    by_session = {session_id(each): each.pk for each in incidents}
    sessions = ChatSession.objects.filter(id__in=by_session)
    return {by_session[pk]: user for pk, user in sessions.values_list("id", "user_id")}


def _say(alerts: Sequence[Alert]) -> None:
    if not alerts:
        return
    ChatSession.objects.bulk_create(
        [
            ChatSession(
                id=session_id(each.incident),
                user_id=each.user_id,
                task_id=each.incident.task_id,
                title=each.incident.title[:200],
            )
            for each in alerts
        ],
        ignore_conflicts=True,  # it opened with the incident
    )
    again = {session_id(e.incident) for e in alerts if e.news != News.OPENED}
    ChatSession.objects.filter(id__in=again).update(read_at=None)
    ChatMessage.objects.bulk_create(
        ChatMessage(
            session_id=session_id(each.incident),
            role=ChatMessage.Role.ASSISTANT,
            content=_said(each),
        )
        for each in alerts
    )


def _said(alert: Alert) -> str:
    incident, news = alert.incident, alert.news
    return f"**{headline(incident, news)}**\n\n{words(incident, news)}"


# -- over channels


def _collecting(channel_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Until when each of these channels collects; a channel that is not in it does not.

    The first alert of a storm goes out at once, unless it comes with others.
    """
    window = timedelta(seconds=settings.NOTIFICATIONS.alert_group_seconds)
    if not window:
        return {}
    lately: QuerySet[Any] = Delivery.objects.filter(
        webhook__in=channel_ids, kind=Delivery.Kind.ALERT, created_at__gt=now - window
    )
    first = lately.order_by().values_list("webhook").annotate(Min("created_at"))
    ends = {pk: max(now, begun + window) for pk, begun in first}
    several = [pk for pk, count in Counter(channel_ids).items() if count > 1]
    return dict.fromkeys(several, now + window) | ends


def _delivery(
    alert: Alert, channel: Webhook, now: datetime, until: datetime | None
) -> Delivery:
    return Delivery(
        kind=Delivery.Kind.ALERT,
        incident=alert.incident,
        task_id=alert.incident.task_id,
        webhook=channel,
        webhook_name=str(channel.name or channel.format),
        format=channel.format,
        payload=payload_of(alert.incident, alert.news).as_dict(),
        collected_until=until,
        created_at=now,
    )


def by_incident(
    incidents: Iterable[Incident],
    news: News,
    channels: Mapping[int, Sequence[Webhook]],
    readers: Mapping[int, str],
) -> list[Alert]:
    """Alerts that say the same `news` of these incidents, each to its own."""
    return [
        Alert(
            incident=each,
            news=news,
            channels=channels.get(each.pk, ()),
            user_id=readers.get(each.pk, ""),
        )
        for each in incidents
    ]

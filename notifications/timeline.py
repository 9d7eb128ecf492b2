"""The timeline of an incident: opened, told where and how that went, acknowledged, resolved."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from notifications.alert_words import News
from notifications.alerts import session_id
from notifications.labels import webhook_label
from notifications.models import ChatMessage, Delivery, Incident
from pages.people import name_and_id


class Moment(StrEnum):
    """What there is to say of an incident at one moment."""

    OPENED = "opened"
    TOLD = "told"
    SEEN = "seen"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


LABELS: dict[str, Any] = {
    Moment.OPENED: _("Opened"),
    Moment.TOLD: _("Told"),
    Moment.SEEN: _("Seen again"),
    Moment.ACKNOWLEDGED: _("Acknowledged"),
    Moment.RESOLVED: _("Resolved"),
    News.REMINDER: _("Told again"),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    moment: Moment
    #: Who did it, or who was told; empty: nobody in particular.
    who: str = ""
    #: What was told.
    news: str = ""
    #: By what, and how that stands; an inbox has none.
    delivery_id: uuid.UUID | None = None
    status: str = ""
    status_label: Any = ""

    @property
    def label(self) -> Any:
        """For people."""
        return LABELS.get(self.news if self.news == News.REMINDER else self.moment)


def timeline_of(incident: Incident) -> list[Entry]:
    """Everything that became of `incident`, oldest first. Two or three queries."""
    order = {moment: place for place, moment in enumerate(Moment)}
    entries = [*_own(incident), *_told(incident), *_said(incident)]
    return sorted(entries, key=lambda each: (each.at, order[each.moment]))


def _own(incident: Incident) -> Iterator[Entry]:
    yield Entry(at=incident.opened_at, moment=Moment.OPENED)
    if incident.count > 1:
        yield Entry(at=incident.last_at, moment=Moment.SEEN)
    for moment, at, by in (
        (Moment.ACKNOWLEDGED, incident.acknowledged_at, incident.acknowledged_by),
        (Moment.RESOLVED, incident.resolved_at, incident.resolved_by),
    ):
        if at is not None:
            yield Entry(at=at, moment=moment, who=by.get_username() if by else "")


def _told(incident: Incident) -> Iterator[Entry]:
    rows = incident.deliveries.annotate(news=KT("payload__metadata__incident__state"))
    for each in rows.order_by("created_at", "id").defer("payload"):
        yield Entry(
            at=each.created_at,
            moment=Moment.TOLD,
            who=webhook_label(each.webhook_name, each.format),
            news=each.news or "",
            delivery_id=each.id,
            status=each.status,
            status_label=Delivery.Status(each.status).label,
        )


def _said(incident: Incident) -> Iterator[Entry]:
    """What an inbox said of it."""
    said = ChatMessage.objects.filter(session=session_id(incident))
    by_agents = said.filter(role=ChatMessage.Role.ASSISTANT)
    rows = list(by_agents.values_list("created_at", "session__user_id"))
    name = name_and_id(rows[0][1]) if rows else ""
    for at, _user in rows:
        yield Entry(at=at, moment=Moment.TOLD, who=name)

"""What is said of an incident: in a message, in an inbox, in JSON."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.formatters.base import NotificationPayload
from notifications.models import Incident


class News(StrEnum):
    """What an alert says of its incident."""

    OPENED = "opened"
    REMINDER = "reminder"
    RESOLVED = "resolved"


def payload_of(incident: Incident, news: News) -> NotificationPayload:
    """The message, as every format takes it."""
    return NotificationPayload(
        task_id=incident.task_id,
        task_name=headline(incident, news),
        run_id=str(incident.run_id or ""),
        user_id="",
        output_type="alert",
        content=words(incident, news),
        metadata={
            # By which the formats choose their colours and marks.
            "status": "succeeded" if news == News.RESOLVED else "failed",
            "incident": {
                **as_json(incident),
                "state": str(news),
                "url": page_of(incident),
            },
        },
    )


def as_json(incident: Incident) -> dict[str, Any]:
    """An incident as JSON, as messages and the command tell it."""
    return {
        "id": incident.pk,
        "kind": str(incident.kind),
        "key": incident.key,
        "state": incident.state,
        "title": incident.title,
        "note": incident.note,
        "count": incident.count,
        "task_id": incident.task_id or None,
        "run_id": str(incident.run_id) if incident.run_id else None,
        "webhook_id": incident.webhook_id,
        "opened_at": _iso(incident.opened_at),
        "last_at": _iso(incident.last_at),
        "acknowledged_at": _iso(incident.acknowledged_at),
        "resolved_at": _iso(incident.resolved_at),
    }


def headline(incident: Incident, news: News) -> str:
    """The title of the message."""
    template = {
        News.OPENED: "%(title)s",
        News.REMINDER: _("Still open: %(title)s"),
        News.RESOLVED: _("Resolved: %(title)s"),
    }[news]
    return template % {"title": incident.title}


def words(incident: Incident, news: News) -> str:
    """What happened, since when and how often, as Markdown."""
    parts = [_quoted(incident.note), _history(incident, news)]
    if url := page_of(incident):
        link = _("Open the incident")
        parts.append(f"[{link}]({url})")
    return "\n\n".join(part for part in parts if part)


def _history(incident: Incident, news: News) -> str:
    seen = ngettext("seen once", "seen %(count)d times", incident.count)
    seen %= {"count": incident.count}
    if news == News.RESOLVED:
        end = incident.resolved_at or incident.last_at
        lasted = in_words(end - incident.opened_at)
        return _("Resolved after %(lasted)s, %(seen)s.") % {
            "lasted": lasted,
            "seen": seen,
        }
    zone = ZoneInfo(settings.NOTIFICATIONS.default_timezone)
    since = f"{incident.opened_at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    return _("Since %(since)s, %(seen)s.") % {"since": since, "seen": seen}


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def in_words(length: timedelta) -> str:
    """A length of time by its two largest units: `2 h 5 min`."""
    seconds = max(int(length.total_seconds()), 0)
    units = {
        _("%(count)d d"): seconds // 86_400,
        _("%(count)d h"): seconds // 3_600 % 24,
        _("%(count)d min"): seconds // 60 % 60,
        _("%(count)d s"): seconds % 60,
    }
    said = [unit % {"count": count} for unit, count in units.items() if count]
    return " ".join(said[:2]) or _("%(count)d s") % {"count": 0}


def page_of(incident: Incident) -> str:
    """The address of its page; empty while nobody has said where people reach Backbeat."""
    base = settings.NOTIFICATIONS.public_url.rstrip("/")
    if not base:
        return ""
    return base + reverse("admin:notifications_incident_change", args=[incident.pk])


def _quoted(note: str) -> str:
    """A note as it is: it may hold an agent's words, whose markup is none of ours."""
    if not note.strip():
        return ""
    ticks = max((len(run) for run in re.findall("`+", note)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{note.strip()}\n{fence}"

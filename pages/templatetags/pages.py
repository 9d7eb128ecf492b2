"""What every template may use: `{% load pages %}`."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from functools import lru_cache

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from pages import markdown as safe_markdown
from pages.status import APPEARANCES, UNKNOWN

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as sanitised HTML, whoever wrote it."""
    return safe_markdown.render(text or "")


@register.filter
def plain(text: str | None) -> str:
    """Markdown on one line, without most of its markup: for an excerpt."""
    return safe_markdown.plain(text or "")


@register.simple_tag
def status(value: str, label: str = "") -> SafeString:
    """A state by icon and word, never by colour alone: `{% status run.status run.get_status_display %}`."""
    return _status(value, str(label or value))


@lru_cache(maxsize=1024)
def _status(value: str, label: str) -> SafeString:
    icon, tone = APPEARANCES.get(value, UNKNOWN)
    look = {"icon": icon, "tone": tone, "label": label}
    return render_to_string("pages/status.html", look)


@register.simple_tag
def when(instant: datetime | None, zone: str = "") -> SafeString:
    """How long ago or ahead, the exact time on hover: in `zone`, else in the reader's."""
    if instant is None:
        return _part_of_a_sentence({})
    told = {
        "iso": instant.isoformat(timespec="seconds"),
        "relative": naturaltime(instant),
        "absolute": exact(timezone.localtime(instant, _zone(zone))),
    }
    return _part_of_a_sentence(told)


def _part_of_a_sentence(told: dict[str, str]) -> SafeString:
    """Without the line's end, which would stand as a space before a full stop."""
    return SafeString(render_to_string("pages/when.html", told).strip())


@register.simple_tag
def at(instant: datetime | None, zone: str = "") -> str:
    """The exact time with its zone: in `zone`, else in the reader's."""
    return exact(timezone.localtime(instant, _zone(zone))) if instant else "–"


def exact(local: datetime) -> str:
    """`local` with seconds and the name of its zone."""
    zone = getattr(local.tzinfo, "key", None) or local.tzname()
    return f"{local:%Y-%m-%d %H:%M:%S} {zone}"


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None

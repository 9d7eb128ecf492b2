"""The banner of every page of the admin: `{% load standing %}{% standing_banner %}`."""

from __future__ import annotations

from typing import Any

from django import template

from scheduling.standing import standing

register = template.Library()


@register.inclusion_tag("scheduling/standing.html", takes_context=True)
def standing_banner(context: template.Context) -> dict[str, Any]:
    """What staff must know whatever page they are on; nothing for everybody else."""
    request = context.get("request")
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_staff:
        return {}
    now = standing()
    first_page = bool(context.get("overview"))
    return {
        # The first page says it itself, to those who may look at the processes.
        "is_silent": not now.alive.beats
        and not (first_page and user.has_perm("scheduling.view_process")),
        "beat_seen_at": now.alive.beat_seen_at,
        "pause": now.pause,
        "incidents": now.incidents
        if user.has_perm("notifications.view_incident")
        else 0,
        "may_operate": user.has_perm("scheduling.operate_blackout"),
        "csrf_token": context.get("csrf_token"),
        "next": request.get_full_path() if request else "",
    }


@register.simple_tag
def is_paused_by_hand() -> bool:
    """Whether everything is paused already, and not by a window that comes again by itself."""
    pause = standing().pause
    return pause is not None and pause.blackout.from_time is None

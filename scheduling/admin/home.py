"""The admin's first page: what runs next, what failed, what is late, who is alive."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from notifications.models import Delivery
from scheduling import overview
from scheduling.models import Agent, Run, ScheduledTask

_TEMPLATE = "scheduling/home/overview.html"


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the context of `templates/admin/index.html` (unfold's DASHBOARD_CALLBACK)."""
    return context | _panel(request)


@never_cache
@require_GET
def refresh(request: HttpRequest) -> HttpResponse:
    """Return the panel as it is now; 204 when it would look as `?seen` did.

    Who has signed out meanwhile is told by htmx to load the page again.
    """
    if not admin.site.has_permission(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    panel = _panel(request)
    if request.GET.get("seen") == panel["seen"]:
        return HttpResponse(status=204)
    return render(request, "scheduling/home/panel.html", panel)


def _panel(request: HttpRequest) -> dict[str, Any]:
    """The rendered overview, and a fingerprint of what the reader sees."""
    html = render_to_string(_TEMPLATE, overview_of(request.user), request)
    seen = hashlib.blake2s(html.encode(), digest_size=8).hexdigest()
    return {"overview": html, "seen": seen}


def overview_of(user: Any) -> dict[str, Any]:
    """Return what the overview shows to `user`: nothing that they may not look at."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    shown: dict[str, Any] = {"since": midnight.isoformat(timespec="seconds")}
    if user.has_perm("scheduling.view_process"):
        shown["alive"] = overview.alive(now)
    if user.has_perm("scheduling.view_scheduledtask"):
        shown |= _tasks(now)
    if user.has_perm("scheduling.view_run"):
        shown |= _runs(now, midnight)
    if user.has_perm("scheduling.view_approval"):
        shown["unapproved"] = overview.unapproved()
    if user.has_perm("notifications.view_incident"):
        shown |= _incidents()
    if user.has_perm("notifications.view_delivery"):
        shown |= _deliveries(now, midnight)
    return shown


def _tasks(now: datetime) -> dict[str, Any]:
    return {
        "sees_tasks": True,
        "has_agents": Agent.objects.exists(),
        "has_tasks": ScheduledTask.objects.exists(),
        "upcoming": overview.upcoming(now),
        "late_tasks": _some(overview.late_tasks(now)),
        "set_aside": _some(overview.set_aside()),
        "blocked_agents": _some(overview.blocked_agents()),
    }


def _runs(now: datetime, midnight: datetime) -> dict[str, Any]:
    return {
        "sees_runs": True,
        "run_counts": _tiles(Run, midnight),
        "failed_runs": _some(overview.failed_runs(now)),
        "waiting_runs": _some(overview.waiting_runs(now)),
        "overdue_runs": _some(overview.overdue_runs(now)),
    }


def _incidents() -> dict[str, Any]:
    found = _some(overview.open_incidents())
    return {"incidents": found["rows"], "more_incidents": found["more"]}


def _deliveries(now: datetime, midnight: datetime) -> dict[str, Any]:
    return {
        "sees_deliveries": True,
        "delivery_counts": _tiles(Delivery, midnight),
        "failed_deliveries": _some(overview.failed_deliveries(now)),
    }


def _some(rows: Any) -> dict[str, Any]:
    """The first rows, and whether there are more."""
    found = list(rows[: overview.SHOWN + 1])
    return {"rows": found[: overview.SHOWN], "more": len(found) > overview.SHOWN}


def _tiles(model: type[Run] | type[Delivery], since: datetime) -> list[dict[str, Any]]:
    counts = overview.counts(model, since)
    return [
        {"status": value, "label": label, "count": counts.get(value, 0)}
        for value, label in model.Status.choices
    ]

"""How the admin looks and what its sidebar leads to (`UNFOLD`, read by django-unfold)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

Text = Any
# Kept once found: for each page unfold asks for an address of these five hundred times.
_address = lazy(cache(reverse), str)


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda _request: static(f"backbeat/{path}")


def _link(title: Text, icon: str, model: str) -> dict[str, Any]:
    """One line of the sidebar, for those who may look at `model` (`app.name`)."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": _address(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
    }


def _is_among_events(request: HttpRequest) -> bool:
    """Whether this is a page of the events that are kept: that of the live ones lies below them."""
    kept = request.path.startswith(reverse("admin:scheduling_event_changelist"))
    return kept and request.path != reverse("admin:scheduling_event_bus")


def _tab(title: Text, model: str) -> dict[str, Any]:
    """One tab above the lists of models that belong together."""
    link = _link(title, "", model)
    return {key: link[key] for key in ("title", "link", "permission")}


def _tabs(*models: tuple[Text, str]) -> dict[str, Any]:
    return {
        "models": [model for _title, model in models],
        "items": [_tab(title, model) for title, model in models],
    }


def _alarm() -> str:
    """A mark at the first page while nobody fires or works, or something is late."""
    # Settings are read before there are models.
    from scheduling.standing import standing  # noqa: PLC0415

    return "" if standing().is_well else "!"


def _unapproved() -> str:
    """How many outputs wait for approval, beside the link to them; nothing when none does."""
    from scheduling.overview import MOST_COUNTED  # noqa: PLC0415
    from scheduling.standing import standing  # noqa: PLC0415

    count = standing().unapproved
    return f"{count}+" if count == MOST_COUNTED else str(count or "")


def _incidents() -> str:
    """How many open incidents nobody has acknowledged; nothing when there is none."""
    from scheduling.overview import MOST_COUNTED  # noqa: PLC0415
    from scheduling.standing import standing  # noqa: PLC0415

    count = standing().incidents
    return f"{count}+" if count == MOST_COUNTED else str(count or "")


def _group(title: Text, *links: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(links)}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Backbeat",
    "SITE_HEADER": "Backbeat",
    "SITE_ICON": _asset("favicon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _asset("favicon.svg")}
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "STYLES": [_asset("admin.css")],
    "SCRIPTS": [_asset("reader.js"), _asset("names.js")],
    "DASHBOARD_CALLBACK": "scheduling.admin.home.first_page",
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .013 236.6)",
            "100": "oklch(95.1% .026 236.8)",
            "200": "oklch(90.1% .058 230.9)",
            "300": "oklch(82.8% .111 230.3)",
            "400": "oklch(74.6% .16 232.7)",
            "500": "oklch(62% .155 237.3)",
            "600": "oklch(54% .145 241.9)",
            "700": "oklch(47% .125 242.7)",
            "800": "oklch(41% .105 240.8)",
            "900": "oklch(36% .085 240.9)",
            "950": "oklch(26% .065 243.2)",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "",
                "items": [
                    {
                        "title": _("Overview"),
                        "icon": "dashboard",
                        "link": _address("admin:index"),
                        "badge": _alarm,
                    },
                    {
                        "title": _("My inbox"),
                        "icon": "inbox",
                        "link": _address("inbox"),
                        # Every address begins like this one.
                        "active": lambda _request: False,
                    },
                ],
            },
            _group(
                _("Scheduling"),
                _link(_("Tasks"), "schedule", "scheduling.scheduledtask"),
                _link(_("Runs"), "play_circle", "scheduling.run"),
                _link(_("Incidents"), "crisis_alert", "notifications.incident")
                | {"badge": _incidents},
                _link(_("Approvals"), "rate_review", "scheduling.approval")
                | {"badge": _unapproved},
                _link(_("Backfills"), "history_toggle_off", "scheduling.backfill"),
                _link(_("Agents"), "smart_toy", "scheduling.agent"),
                _link(_("Memories"), "psychology", "scheduling.memory"),
                _link(_("Spending"), "payments", "scheduling.spending"),
                _link(_("Calendars"), "calendar_month", "scheduling.calendar"),
                _link(_("Tags"), "sell", "scheduling.tag"),
            ),
            _group(
                _("Results"),
                _link(_("Signal outputs"), "insights", "signals.signaloutput"),
                _link(_("Chat sessions"), "forum", "notifications.chatsession"),
            ),
            _group(
                _("Delivery"),
                _link(_("Webhooks"), "webhook", "scheduling.taskwebhook"),
                _link(_("Address book"), "contacts", "notifications.webhook"),
                _link(_("Deliveries"), "outbox", "notifications.delivery"),
            ),
            _group(
                _("People"),
                _link(_("Users"), "person", "auth.user"),
                _link(_("Groups"), "group", "auth.group"),
                _link(_("API tokens"), "key", "knox.authtoken"),
            ),
            _group(
                _("System"),
                _link(_("Blackout windows"), "pause_circle", "scheduling.blackout"),
                _link(_("Events"), "notifications", "scheduling.event")
                | {"active": _is_among_events},
                _link(_("Live events"), "sensors", "scheduling.event")
                | {"link": _address("admin:scheduling_event_bus")},
                _link(_("Acts of agents"), "policy", "scheduling.agentact"),
                _link(_("Processes"), "memory", "scheduling.process"),
                _link(_("Periodic tasks"), "update", "django_celery_beat.periodictask"),
                _link(
                    _("Celery results"), "list_alt", "django_celery_results.taskresult"
                ),
            ),
        ],
    },
    "TABS": [
        _tabs(
            (_("Periodic tasks"), "django_celery_beat.periodictask"),
            (_("Intervals"), "django_celery_beat.intervalschedule"),
            (_("Crontabs"), "django_celery_beat.crontabschedule"),
            (_("Solar events"), "django_celery_beat.solarschedule"),
            (_("Clocked"), "django_celery_beat.clockedschedule"),
        ),
        _tabs(
            (_("Celery results"), "django_celery_results.taskresult"),
            (_("Groups of Celery tasks"), "django_celery_results.groupresult"),
        ),
    ],
}

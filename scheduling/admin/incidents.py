"""Incidents: the list, the page with the timeline, and what people do about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    FieldTextFilter,
)

from notifications import incidents
from notifications.models import Incident, Webhook
from notifications.timeline import timeline_of
from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly, ShownOnly, came_from, status_cell, when_cell
from scheduling import standing
from scheduling.models import ScheduledTask

Incidents = QuerySet[Incident]
Verb = Callable[..., int]

OPEN, ACKNOWLEDGED, RESOLVED = "open", "acknowledged", "resolved"
STATES = {OPEN: _("Open"), ACKNOWLEDGED: _("Acknowledged"), RESOLVED: _("Resolved")}
_LOGGED = {
    incidents.acknowledge: gettext_noop("Acknowledged"),
    incidents.resolve_all: gettext_noop("Resolved"),
}
_ABOUT = "scheduling/incident/about.html"
_SHOWN_OF_A_TASK = 5


class StateFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Incidents) -> Incidents:
        if self.value() not in STATES:
            return queryset
        if self.value() == RESOLVED:
            return queryset.filter(resolved_at__isnull=False)
        unseen = self.value() == OPEN
        return queryset.filter(resolved_at=None, acknowledged_at__isnull=unseen)


@admin.register(Incident)
class IncidentAdmin(ReadOnly, ShownOnly):
    """The open ones first."""

    page_template = "scheduling/incident/page.html"
    list_before_template = "scheduling/incident/none_yet.html"
    list_display = ("title", "about", "state", "since", "count", "seen", "known_by")
    list_filter = (
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("task_id", FieldTextFilter),
        ("opened_at", DaysFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    sortable_by = ()
    ordering = (F("resolved_at").desc(nulls_first=True), "-opened_at", "-id")
    search_fields = ("title", "task_id", "key")
    search_help_text = _("Words of the title, a task's id, or what it is about")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = ("acknowledge", "resolve")

    class Media:
        css = {"all": ["backbeat/webhooks.css"]}

    def get_queryset(self, request: HttpRequest) -> Incidents:
        rows: Incidents = super().get_queryset(request)
        return _with_webhooks(rows).select_related("acknowledged_by").defer("note")

    def get_urls(self) -> list[URLPattern]:
        verbs: dict[str, Verb] = {
            "acknowledge": incidents.acknowledge,
            "resolve": incidents.resolve_all,
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(require_POST(self._one(verb))),
                name=f"notifications_incident_{name}",
            )
            for name, verb in verbs.items()
        ]
        return own + list(super().get_urls())

    def has_acknowledge_permission(self, request: HttpRequest) -> bool:
        """May they acknowledge and resolve?"""
        return bool(
            self.has_view_permission(request)
            and request.user.has_perm("notifications.acknowledge_incident")
        )

    def shown(self, request: HttpRequest, object_id: str) -> dict[str, Any] | None:
        rows = Incident.objects.select_related("acknowledged_by", "resolved_by")
        number = int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0
        found = _with_webhooks(rows).filter(pk=number).first()
        if found is None:
            return None
        state = found.state
        return {
            "original": found,
            "title": found.title,
            "about": self.about(found),
            "label": status_cell(state, str(STATES[state])),
            "timeline": timeline_of(found),
            "is_open": found.resolved_at is None,
            "is_unseen": state == OPEN,
            "may_act": self.has_acknowledge_permission(request),
            "sees_deliveries": request.user.has_perm("notifications.view_delivery"),
            "media": self.media,
        }

    # -- what people do

    def _one(self, verb: Verb) -> Callable[[HttpRequest, int], HttpResponse]:
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_acknowledge_permission(request):
                raise PermissionDenied
            get_object_or_404(Incident.objects.only("pk"), pk=pk)
            self._do(request, Incident.objects.filter(pk=pk), verb)
            page = reverse("admin:notifications_incident_change", args=[pk])
            return HttpResponseRedirect(came_from(request, page))

        return view

    def _do(self, request: HttpRequest, chosen: Incidents, verb: Verb) -> None:
        is_resolving = verb is incidents.resolve_all
        given = {"by" if is_resolving else "user": request.user}
        unseen = {} if is_resolving else {"acknowledged_at": None}
        rows = chosen.filter(resolved_at=None, **unseen).select_related(None)
        concerned = list(rows.only("pk", "title")[: incidents.AT_ONCE])
        ids = [each.pk for each in concerned]
        done = verb(Incident.objects.filter(pk__in=ids), **given)
        log = LogEntry.objects
        log.log_actions(request.user.pk, concerned, CHANGE, _LOGGED[verb])  # type: ignore[arg-type] # a list will do
        standing.forget()
        text = (
            ngettext("Resolved %(count)d incident.", "Resolved %(count)d incidents.", done)
            if is_resolving
            else ngettext("Acknowledged %(count)d incident.", "Acknowledged %(count)d incidents.", done)
        )  # fmt: skip
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"count": done}, level)

    @admin.action(description=_("Acknowledge"), permissions=["acknowledge"])
    def acknowledge(self, request: HttpRequest, queryset: Incidents) -> None:
        self._do(request, queryset, incidents.acknowledge)

    @admin.action(description=_("Resolve"), permissions=["acknowledge"])
    def resolve(self, request: HttpRequest, queryset: Incidents) -> None:
        self._do(request, queryset, incidents.resolve_all)

    # -- columns

    @admin.display(description=_("About"))
    def about(self, incident: Incident) -> SafeString:
        return render_to_string(_ABOUT, {"incident": incident})

    @admin.display(description=_("State"))
    def state(self, incident: Incident) -> SafeString:
        return status_cell(incident.state, str(STATES[incident.state]))

    @admin.display(description=_("Since"))
    def since(self, incident: Incident) -> SafeString:
        return when_cell(incident.opened_at)

    @admin.display(description=_("Last seen"))
    def seen(self, incident: Incident) -> SafeString:
        return when_cell(incident.last_at)

    @admin.display(description=_("Acknowledged by"))
    def known_by(self, incident: Incident) -> str:
        by = incident.acknowledged_by
        return by.get_username() if by else "–"


def incidents_of(task: ScheduledTask, user: Any) -> dict[str, Any]:
    """Return the context of `templates/scheduling/incident/panel.html`: what is open of a task."""
    if not user.has_perm("notifications.view_incident"):
        return {"incidents": []}
    found = Incident.objects.filter(task_id=task.pk, resolved_at=None)
    return {"incidents": [*found.order_by("-opened_at")[:_SHOWN_OF_A_TASK]]}


def _with_webhooks(rows: Incidents) -> Incidents:
    """With the name of their webhook, and whether it is one of a task; without its secrets."""
    hidden = (*Webhook.SECRETS, "previous_secret")
    webhooks = rows.select_related("webhook")
    return webhooks.defer(*(f"webhook__{name}" for name in hidden)).annotate(
        own_webhook=F("webhook__taskwebhook__pk")
    )

"""Events, read-only: what was late, missed, paused or silent, and when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly, status_cell, when_cell
from pages.templatetags.pages import at
from scheduling.admin.run.filters import OneOfMany
from scheduling.admin.run.paging import CappedPaginator
from scheduling.models import Event, ScheduledTask

#: The states of `pages.status` that say how an event is meant.
LOOKS = {
    Event.Kind.LATE: "late",
    Event.Kind.OVERDUE: "late",
    Event.Kind.ON_TIME: "active",
    Event.Kind.MISSED: "skipped",
    Event.Kind.PAUSED: "paused",
    Event.Kind.RESUMED: "active",
    Event.Kind.SET_ASIDE: "set_aside",
    Event.Kind.BLACKOUT: "paused",
    Event.Kind.LIFTED: "active",
    Event.Kind.BEAT_SILENT: "silent",
    Event.Kind.BEAT_BACK: "alive",
    Event.Kind.APPROVAL: "waiting",
    Event.Kind.EXPIRED: "late",
    Event.Kind.REFUSED: "late",
    Event.Kind.BLOCKED: "blocked",
    Event.Kind.UNBLOCKED: "active",
    Event.Kind.BUDGET: "late",
    Event.Kind.APPROVAL: "late",
    Event.Kind.EXPIRED: "late",
    Event.Kind.LOOP: "late",
}
SHOWN_OF_A_TASK = 10
_LINKS = "scheduling/event/about.html"


class EventPaginator(CappedPaginator):
    """The same pages, and other words."""

    template_name = "scheduling/event/pagination.html"


@admin.register(Event)
class EventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("what", "about_task", "note", "at_slot", "happened")
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("at", DaysFilter),
        ("task", OneOfMany),
    )
    list_filter_submit = True
    list_per_page = 50
    list_disable_select_all = True
    sortable_by = ()  # newest first
    search_fields = ("task_name", "task_ref")
    search_help_text = _("A task's name or id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = EventPaginator
    actions = None
    fields = ("what", "about_task", "note", "at_slot", "happened", "data")
    readonly_fields = ("what", "about_task", "at_slot", "happened")

    def get_urls(self) -> list[URLPattern]:
        """Also what is said on the bus at this moment."""
        live = self.admin_site.admin_view(self.live)
        own = path("live/", live, name="scheduling_event_bus")
        return [own, *super().get_urls()]

    def live(self, request: HttpRequest) -> HttpResponse:
        """Show the events on the bus as they come."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = self.admin_site.each_context(request) | {
            "title": _("Live events"),
            "opts": self.opts,
            "stream": reverse("api-bus-stream"),
        }
        return TemplateResponse(request, "admin/scheduling/event/live.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        events: QuerySet[Event] = super().get_queryset(request)
        return events.defer("data") if _is_list(request) else events

    @admin.display(description=_("Event"))
    def what(self, event: Event) -> SafeString:
        return labelled(event)

    @admin.display(description=_("Task"))
    def about_task(self, event: Event) -> SafeString:
        return render_to_string(_LINKS, {"event": event})

    @admin.display(description=_("Slot"))
    def at_slot(self, event: Event) -> str:
        return at(event.slot)

    @admin.display(description=_("When"))
    def happened(self, event: Event) -> SafeString:
        return when_cell(event.at)


def labelled(event: Event) -> SafeString:
    """The kind of an event, by icon and words."""
    look = LOOKS[Event.Kind(event.kind)]
    return status_cell(look, event.get_kind_display())


def events_of(task: ScheduledTask, user: Any) -> dict[str, Any]:
    """Return the context of `templates/scheduling/event/panel.html`: the latest of a task."""
    if not user.has_perm("scheduling.view_event"):
        return {"events": []}
    latest = task.events.defer("data")[:SHOWN_OF_A_TASK]
    return {"events": [{"event": each, "label": labelled(each)} for each in latest]}


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_changelist")

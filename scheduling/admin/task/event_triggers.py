"""The events that begin a run of a task, on the task's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from scheduling.models import EventTrigger, ScheduledTask
from scheduling.services.event_triggers import MOST_TRIGGERS


class EventTriggerInline(StackedInline):  # type: ignore[misc] # unfold ships no types
    """One form for each; those of a task that has none are a heading and a button."""

    model = EventTrigger
    fields = (
        ("event_type", "source_agent"), "filter", ("min_interval_seconds", "active"), "so_far",
    )  # fmt: skip
    readonly_fields = ("so_far",)
    extra = 0
    max_num = MOST_TRIGGERS
    add_text = _("Add an event")
    verbose_name = _("event trigger")
    verbose_name_plural = _("When something happens")

    def get_formset(
        self, request: HttpRequest, obj: ScheduledTask | None = None, **kwargs: Any
    ) -> Any:
        limits = {"validate_max": True, "absolute_max": 2 * MOST_TRIGGERS}
        return super().get_formset(request, obj, **limits, **kwargs)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "filter":
            field.widget.attrs["rows"] = 2
        return field

    @admin.display(description=_("So far"))
    def so_far(self, trigger: EventTrigger) -> SafeString:
        return render_to_string(
            "scheduling/task/event_trigger.html", {"trigger": trigger}
        )

"""Taking over tasks that agents made, and finding them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter

from scheduling import services
from scheduling.admin.task.outcome import each, tell
from scheduling.models import ScheduledTask
from scheduling.services.agent_made import ADOPTED

Tasks = QuerySet[ScheduledTask]


class MakerFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("made by")
    parameter_name = "maker"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("agent", _("Agents")), ("person", _("People"))]

    def queryset(self, request: HttpRequest, queryset: Tasks) -> Tasks:
        by_person = Q(lineage="")
        wanted = {"agent": ~by_person, "person": by_person}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class TaskAdoption(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The part of `ScheduledTaskAdmin` that takes over what agents made."""

    @admin.action(description=_("Take over from agents"), permissions=["change"])
    def adopt(self, request: HttpRequest, queryset: Tasks) -> None:
        """No agent may change or delete these tasks from now on."""
        outcome = each(queryset, services.adopt_task, request.user)
        for task in outcome.done:
            self.log_change(request, task, ADOPTED)
        done = ngettext_lazy(
            "Took over %(count)d task.", "Took over %(count)d tasks.", "count"
        )
        tell(request, outcome, done)

"""The list of agents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter

from pages.admin.parts import status_cell, when_cell
from pages.translation import translated
from scheduling.agents import AGENT_BACKENDS
from scheduling.models import Agent, Run, ScheduledTask


class BackendFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("backend")
    parameter_name = "backend"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, translated(label)) for kind, (label, _path) in AGENT_BACKENDS.items()]  # fmt: skip

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Agent]
    ) -> QuerySet[Agent]:
        return queryset.filter(backend=self.value()) if self.value() else queryset


class AgentList(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The list's part of `AgentAdmin`."""

    list_display = ("name", "id", "backend_label", "state", "used_by", "last_result", "changed")  # fmt: skip
    list_display_links = ("name", "id")
    list_filter = (BackendFilter, "active")
    list_before_template = "admin/scheduling/agent/none_yet.html"
    search_fields = ("id", "name")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        agents: QuerySet[Agent] = super().get_queryset(request)
        match = request.resolver_match
        if match is None or not (match.url_name or "").endswith("_changelist"):
            return agents
        latest = ScheduledTask.objects.filter(
            agent=OuterRef("pk"), last_run_at__isnull=False
        ).order_by("-last_run_at")
        return agents.defer("credentials", "options", "system_prompt").annotate(
            task_count=Count("tasks"),
            last_run_at=Max("tasks__last_run_at"),
            last_status=Subquery(latest.values("last_status")[:1]),
        )

    @admin.display(description=_("backend"), ordering="backend")
    def backend_label(self, agent: Agent) -> str:
        return backend_label(agent.backend)

    @admin.display(description=_("state"), ordering="active")
    def state(self, agent: Agent) -> SafeString:
        if agent.active and agent.blocked_at:
            return render_to_string("admin/scheduling/agent/blocked.html", {"agent": agent})  # fmt: skip
        if agent.active:
            return status_cell("active", gettext("Active"))
        return status_cell("paused", gettext("Switched off"))

    @admin.display(description=_("tasks"), ordering="task_count")
    def used_by(self, agent: Any) -> SafeString:
        return render_to_string("admin/scheduling/agent/used_by.html", {"agent": agent})

    @admin.display(description=_("last result"), ordering="last_run_at")
    def last_result(self, agent: Any) -> SafeString:
        label = result_label(agent.last_status)
        return render_to_string(
            "admin/scheduling/agent/last_result.html", {"agent": agent, "label": label}
        )

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, agent: Agent) -> SafeString:
        return when_cell(agent.updated_at)


def backend_label(kind: str) -> str:
    """What people call the backend; one that is not there any more, by its name."""
    return translated(AGENT_BACKENDS[kind][0]) if kind in AGENT_BACKENDS else kind


def result_label(status: str) -> str:
    """What people call the status of a task's last run."""
    return str(dict(Run.Status.choices).get(status, status))

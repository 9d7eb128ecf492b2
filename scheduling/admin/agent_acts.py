"""Acts of agents, read-only: the audit trail of their tools; and the switch that stops them all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly, status_cell, when_cell
from scheduling import services
from scheduling.admin.run.paging import CappedPaginator
from scheduling.models import AgentAct, Run, ScheduledTask
from scheduling.toolbox import TOOLS

_LINKS = "scheduling/agent_act/about.html"
_WORDS = "scheduling/agent_act/words.html"
_STOP = "admin/scheduling/agentact/stop.html"
_MOST_NAMED = 20


class AgentActPaginator(CappedPaginator):
    """The same pages, and other words."""

    template_name = "scheduling/agent_act/pagination.html"


class AnswerFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("answer")
    parameter_name = "accepted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Done")), ("no", _("Refused"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AgentAct]
    ) -> QuerySet[AgentAct]:
        wanted = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(accepted=wanted)


class ToolFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("tool")
    parameter_name = "tool"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, name) for name in TOOLS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AgentAct]
    ) -> QuerySet[AgentAct]:
        return queryset.filter(tool=self.value()) if self.value() else queryset


class StopForm(forms.Form):
    """Why they are stopped."""

    note = forms.CharField(
        label=_("Why"), required=False, widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text=_("Shown on the task's page and at every slot that is skipped."),
    )  # fmt: skip


@admin.register(AgentAct)
class AgentActAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("what", "outcome", "told", "about_task", "happened")
    list_filter = (AnswerFilter, ToolFilter, ("at", DaysFilter))
    list_filter_submit = True
    list_before_template = "admin/scheduling/agentact/switch.html"
    list_per_page = 50
    list_disable_select_all = True
    sortable_by = ()  # newest first
    search_fields = ("lineage", "task_ref")
    search_help_text = _("A task's id or a lineage")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = AgentActPaginator
    actions = None
    fields = ("what", "outcome", "words", "about_task", "lineage", "user", "happened", "arguments")  # fmt: skip
    readonly_fields = ("what", "outcome", "about_task", "happened")

    class Media:
        css = {"all": ("backbeat/task-list.css", "backbeat/agent-acts.css")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgentAct]:
        acts: QuerySet[AgentAct] = super().get_queryset(request)
        return acts.select_related("user")

    def get_urls(self) -> list[URLPattern]:
        stop = path(
            "stop/",
            self.admin_site.admin_view(self.stop_view),
            name="scheduling_agentact_stop",
        )
        return [stop, *super().get_urls()]

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """Say what is stopped and ask (GET); stop it all (POST)."""
        if not request.user.has_perm("scheduling.operate_scheduledtask"):
            raise PermissionDenied
        error = ""
        if request.method == "POST":
            try:
                return self._stop(request)
            except ValidationError as refusal:
                error = " ".join(refusal.messages)
        tasks = services.still_going()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Stop all schedules made by agents?"),
            "opts": self.opts,
            "tasks": tasks.only("id", "name")[:_MOST_NAMED],
            "count": tasks.count(),
            "error": error,
            "form": StopForm(request.POST or None),
        }
        return TemplateResponse(request, _STOP, context, status=400 if error else 200)

    def _stop(self, request: HttpRequest) -> HttpResponse:
        note = request.POST.get("note", "")
        stopped = services.stop_agent_made(user=request.user, note=note)
        said = ngettext("Stopped %(count)d schedule.", "Stopped %(count)d schedules.", len(stopped))  # fmt: skip
        self.message_user(request, said % {"count": len(stopped)}, messages.SUCCESS)
        return redirect("admin:scheduling_agentact_changelist")

    @admin.display(description=_("Act"))
    def what(self, act: AgentAct) -> str:
        return f"{act.tool}: {act.action}"

    @admin.display(description=_("Outcome"))
    def outcome(self, act: AgentAct) -> SafeString:
        if act.accepted:
            return status_cell("succeeded", gettext("Done"))
        return status_cell("failed", gettext("Refused"))

    @admin.display(description=_("Answer"))
    def told(self, act: AgentAct) -> SafeString:
        return render_to_string(_WORDS, {"act": act})

    @admin.display(description=_("Task"))
    def about_task(self, act: AgentAct) -> SafeString:
        return render_to_string(_LINKS, {"act": act})

    @admin.display(description=_("When"))
    def happened(self, act: AgentAct) -> SafeString:
        return when_cell(act.at)


def origin_of(task: ScheduledTask) -> dict[str, Any]:
    """Return the context of `templates/scheduling/task/origin.html`: which agent made it, and where."""
    if not task.lineage:
        return {}
    acts = reverse("admin:scheduling_agentact_changelist")
    return {
        "origin": {
            "run": Run.objects.only("id").filter(pk=task.made_by_run).first()
            if task.made_by_run
            else None,
            "acts": f"{acts}?q={task.id}",
        }
    }

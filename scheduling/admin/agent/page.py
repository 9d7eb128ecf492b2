"""The agent's page: its form by groups, what uses it, and why it cannot be deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from scheduling import services
from scheduling.admin.agent.credentials import (
    given_name,
    locked,
    more_name,
    named,
    removed_name,
)
from scheduling.admin.agent.form import (
    BOUNDS,
    OTHER_OPTIONS,
    AgentForm,
    option_name,
    sorted_out,
)
from scheduling.admin.agent.list import backend_label, result_label
from scheduling.admin.options import option_fields
from scheduling.agents import AGENT_BACKENDS, backend_class
from scheduling.models import Agent, ScheduledTask

SHOWN_TASKS = 20
"""How many of the tasks that use an agent are named."""


class AgentPage(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The page's part of `AgentAdmin`."""

    form = AgentForm
    change_form_template = "admin/scheduling/agent/change_form.html"

    class Media:
        js = (Script("backbeat/agents.js", defer=True),)
        css = {"all": ("backbeat/agents.css",)}

    def get_form(
        self,
        request: HttpRequest,
        obj: Agent | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        **kwargs: Any,
    ) -> Any:
        """The form adds the fields of the backends by itself."""
        kwargs["fields"] = self.form.Meta.fields
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        return () if obj is None else ("id",)

    def get_fieldsets(self, request: HttpRequest, obj: Agent | None = None) -> Any:
        general = (_("General"), {"fields": ("name", "id", "active")})
        said = _(
            "In US dollars. Empty: no limit. A task may have closer ones of its own."
        )
        bounds = (_("Budget and limits"), {"fields": BOUNDS, "description": said})
        if obj is not None and not self.has_change_permission(request, obj):
            shown = ("backend_name", "options_in_words", "stored_credentials")
            agent = (_("Agent"), {"fields": (*shown, "system_prompt")})
            return (general, agent, bounds)
        asked: tuple[str, ...] = ("backend", "system_prompt")
        if obj is not None and sorted_out(obj.backend, obj.options)[1]:
            asked = (*asked, OTHER_OPTIONS)
        return (
            general,
            (_("Agent"), {"fields": asked}),
            *(_fieldset_of(kind, obj) for kind in AGENT_BACKENDS),
            bounds,
        )

    @admin.display(description=_("backend"))
    def backend_name(self, agent: Agent) -> str:
        return backend_label(agent.backend)

    @admin.display(description=_("options"))
    def options_in_words(self, agent: Agent) -> SafeString:
        """For those who may look and not change."""
        shown, others = sorted_out(agent.backend, agent.options)
        fields = option_fields(agent.backend) if shown else {}
        rows = [
            (fields[name].label, fields[name].text_of(shown[name])) for name in shown
        ]
        context = {"rows": rows, "others": others}
        return render_to_string("admin/scheduling/agent/options.html", context)

    @admin.display(description=_("stored credentials"))
    def stored_credentials(self, agent: Agent) -> str:
        names = ", ".join(f"{name} ••••" for name in ([] if locked(agent) else agent.credentials))  # fmt: skip
        return locked(agent) or names or gettext("none")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        agent = kwargs.get("obj")
        if agent is not None:
            context["may_check"] = self.has_change_permission(request, agent)
            tasks = agent.tasks.only("id", "name", "active", "last_status", "last_run_at", "next_run_at", "timezone")  # fmt: skip
            context["users"] = [(task, result_label(task.last_status)) for task in tasks.order_by("name")[:SHOWN_TASKS]]  # fmt: skip
            context["users_count"] = agent.tasks.count()
            context["may_see_tasks"] = request.user.has_perm("scheduling.view_scheduledtask")  # fmt: skip
        answer: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return answer

    def save_model(
        self,
        request: HttpRequest,
        obj: Agent,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        services.save_agent(obj, user=request.user)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An agent that tasks use is not deleted, and its page says why."""
        agent = self.get_object(request, object_id)
        may = agent is not None and self.has_delete_permission(request, agent)
        if may and (refusal := in_use([agent])):
            self.message_user(request, refusal, messages.ERROR)
            url = reverse("admin:scheduling_agent_change", args=[agent.pk])
            return HttpResponseRedirect(url)
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """For the confirmation of many: what is in use is protected, and named in few words."""
        if refusal := in_use(objs):
            return [], {}, set(), [refusal]
        return super().get_deleted_objects(objs, request)


def in_use(agents: QuerySet[Agent] | list[Agent]) -> str:
    """Why `agents` cannot be deleted, if so."""
    tasks = ScheduledTask.objects.filter(agent__in=agents)
    if not (count := tasks.count()):
        return ""
    names = ", ".join(tasks.order_by("name").values_list("name", flat=True)[:5])
    if count > 5:
        names += ", …"
    return ngettext(
        "%(count)s task uses this agent (%(names)s): give it another agent first, or switch this one off.",
        "%(count)s tasks use this agent (%(names)s): give them another agent first, or switch this one off.",
        count,
    ) % {"count": count, "names": names}


def _fieldset_of(kind: str, agent: Agent | None) -> tuple[str, dict[str, Any]]:
    """The fields of one backend, which `agents.js` shows while it is the chosen one."""
    fields = [option_name(kind, name) for name in option_fields(kind)]
    is_stored = agent is not None and agent.backend == kind and not locked(agent)
    for name in named(kind, agent.credentials if agent and is_stored else ()):
        fields.append(given_name(kind, name))
        if agent is not None and agent.backend == kind and (locked(agent) or name in agent.credentials):  # fmt: skip
            fields.append(removed_name(kind, name))
    if backend_class(kind).other_credentials:
        fields.append(more_name(kind))
    title = gettext("%(backend)s: options") % {"backend": backend_label(kind)}
    return title, {"fields": fields, "classes": ["bb-backend", f"bb-backend-{kind}"]}

"""Whether the agent could run now: a button on its page, and a look when it is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from scheduling import services
from scheduling.agents.base import Finding
from scheduling.models import Agent

_PANEL = "scheduling/agent/check.html"
#: Who saves waits for no longer than this.
_SAVED_SECONDS = 3.0


class AgentCheck(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The check's part of `AgentAdmin`."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.check_view))
        own = path("<path:object_id>/check/", view, name="scheduling_agent_check")
        return [own, *super().get_urls()]

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: look at the agent now, and show what was found in place of the panel."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        agent = get_object_or_404(Agent, pk=object_id)
        findings = services.check_agent(agent)
        if request.headers.get("HX-Request") != "true":
            self._tell(request, agent, findings)
            return redirect("admin:scheduling_agent_change", agent.pk)
        context = {
            "original": agent,
            "findings": findings,
            "is_well": all(each.ok for each in findings),
            "may_check": True,
        }
        return render(request, _PANEL, context)

    def save_model(
        self,
        request: HttpRequest,
        obj: Agent,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        """Save it, and look at it as soon as that is committed; faults become messages."""
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(self._look, request, obj.pk))

    def _look(self, request: HttpRequest, agent_id: str) -> None:
        agent = Agent.objects.filter(pk=agent_id).first()
        if agent is None or not agent.active:
            return
        findings = services.check_agent(agent, seconds=_SAVED_SECONDS)
        if faults := [each for each in findings if not each.ok]:
            self._tell(request, agent, faults)

    def _tell(
        self, request: HttpRequest, agent: Agent, findings: list[Finding]
    ) -> None:
        faults = " ".join(each.words for each in findings if not each.ok)
        if faults:
            text = gettext("The agent “%(name)s” could not run now: %(faults)s")
            words = text % {"name": agent.name, "faults": faults}
            self.message_user(request, words, messages.WARNING)
        else:
            text = gettext("The agent “%(name)s” could run now.")
            words = text % {"name": agent.name}
            self.message_user(request, words, messages.SUCCESS)

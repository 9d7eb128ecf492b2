"""Agents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from notifications.encryption import DecryptionError
from scheduling.admin.secrets import SecretJSONField, keep_unless_given, shown
from scheduling.agents import AGENT_BACKENDS
from scheduling.credentials import carried_elsewhere
from scheduling.models import Agent


class AgentForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    backend = forms.ChoiceField(
        choices=lambda: [(kind, label) for kind, (label, _) in AGENT_BACKENDS.items()]
    )
    credentials = SecretJSONField(
        help_text='Write-only, for example {"api_key": "…"}. Blank keeps what is stored.'
    )

    class Meta:
        model = Agent
        fields = ("id", "name", "backend", "options", "credentials", "system_prompt", "active")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        agent: Any = kwargs.get("instance")
        self._locked = locked(agent) if agent is not None else ""
        if self._locked:
            agent.credentials = {}  # this form is where they are entered again
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        if self._locked and self.cleaned_data.get("credentials") is None:
            self.add_error("credentials", self._locked)
        self._refuse_to_carry()
        keep_unless_given(self, "credentials")
        return self.cleaned_data

    def _refuse_to_carry(self) -> None:
        """Stored credentials do not follow to a destination they were not given for."""
        agent, given = self.instance, self.cleaned_data
        if not agent.pk or given.get("credentials") is not None:
            return
        new = given.get("backend", agent.backend), given.get("options", agent.options)
        old = agent.backend, agent.options
        if message := carried_elsewhere(old, new, agent.credentials):
            self.add_error("credentials", message)


def locked(agent: Agent) -> str:
    """Why the agent's credentials cannot be read, if so."""
    try:
        _ = agent.credentials
    except DecryptionError as error:
        return str(error)
    return ""


@admin.register(Agent)
class AgentAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = AgentForm
    list_display = ("id", "name", "backend", "active", "updated_at")
    list_filter = ("backend", "active")
    search_fields = ("id", "name")
    readonly_fields = ("stored_credentials",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Agent | None = None
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("id", *self.readonly_fields)

    @admin.display(description="Stored credentials")
    def stored_credentials(self, agent: Agent) -> str:
        return locked(agent) or shown(agent.credentials)

"""Agents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin

from scheduling.admin.secrets import SecretJSONField, keep_unless_given, shown
from scheduling.agents import AGENT_BACKENDS
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

    def clean(self) -> dict[str, Any]:
        keep_unless_given(self, "credentials")
        return self.cleaned_data


@admin.register(Agent)
class AgentAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = AgentForm
    list_display = ("id", "name", "backend", "active", "updated_at")
    list_filter = ("backend", "active")
    search_fields = ("id", "name")
    readonly_fields = ("stored_credentials",)

    @admin.display(description="Stored credentials")
    def stored_credentials(self, agent: Agent) -> str:
        return shown(agent.credentials)

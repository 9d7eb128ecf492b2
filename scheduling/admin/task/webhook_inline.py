"""The webhooks of a task, on the task's page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from unfold.admin import StackedInline

from notifications.formatters import FORMATTERS
from scheduling.admin.secrets import (
    SecretJSONField,
    SecretTextField,
    keep_unless_given,
    shown,
)
from scheduling.credentials import origin
from scheduling.models import TaskWebhook


class TaskWebhookForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    format = forms.ChoiceField(
        choices=lambda: [(name, each.label) for name, each in FORMATTERS.items()]
    )
    url = SecretTextField(help_text="Write-only. Blank keeps what is stored.")
    headers = SecretJSONField(
        help_text="Write-only JSON object. Blank keeps what is stored; {} empties it."
    )

    class Meta:
        model = TaskWebhook
        fields = TaskWebhook.COPIED

    def clean(self) -> dict[str, Any]:
        self._refuse_to_carry()
        keep_unless_given(self, "url", "headers")
        return self.cleaned_data

    def _refuse_to_carry(self) -> None:
        """Stored headers do not follow to an origin they were not given for."""
        stored, url = self.instance, self.cleaned_data.get("url")
        if not url or self.cleaned_data.get("headers") is not None:
            return
        if stored.headers and origin(url) != origin(stored.url):
            self.add_error(
                "headers",
                f"The URL leads to another host now, and {', '.join(stored.headers)} was "
                "given for the old one: give the headers again, or {} for none.",
            )


class TaskWebhookInline(StackedInline):  # type: ignore[misc] # unfold ships no types
    model = TaskWebhook
    form = TaskWebhookForm
    extra = 0
    readonly_fields = ("stored_url", "stored_headers", "disabled_reason")

    @admin.display(description="Stored URL")
    def stored_url(self, webhook: TaskWebhook) -> str:
        return webhook.masked_url

    @admin.display(description="Stored headers")
    def stored_headers(self, webhook: TaskWebhook) -> str:
        return shown(webhook.headers)

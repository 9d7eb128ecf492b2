"""Who does the thinking."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from notifications.encryption import EncryptedJSONField
from notifications.ssrf import UnsafeUrl, check_url
from scheduling.agents import options_errors


class AgentManager(models.Manager["Agent"]):
    """Loads credentials when they are asked for: one lost key must not take a list with it."""

    def get_queryset(self) -> models.QuerySet[Agent]:
        return super().get_queryset().defer("credentials")


class Agent(models.Model):
    """A backend plus its options, credentials and system prompt."""

    id = models.SlugField(primary_key=True, max_length=100)
    name = models.CharField(max_length=200)
    backend = models.CharField(max_length=50, help_text="One of AGENT_BACKENDS.")
    options = models.JSONField(default=dict, blank=True)
    credentials = EncryptedJSONField(
        default=dict, blank=True, help_text='Encrypted, for example {"api_key": "…"}.'
    )
    system_prompt = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AgentManager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id

    def clean(self) -> None:
        """Raise `ValidationError` naming the option that the backend does not take."""
        errors = options_errors(self.backend, self.options, self.credentials)
        if "options" not in errors and (message := _address_error(self.options)):
            errors["options"] = message
        if errors:
            raise ValidationError(errors)


def _address_error(options: dict[str, Any]) -> str:
    """An agent may call public addresses, and private ones that the installation allows."""
    for name in ("url", "base_url"):
        if address := options.get(name):
            try:
                check_url(
                    address, allowed_origins=settings.SCHEDULING.agent_allowed_origins
                )
            except UnsafeUrl as error:
                return (
                    f"{name}: {error} A server of your own goes into "
                    "SCHEDULING_AGENT_ALLOWED_ORIGINS."
                )
    return ""

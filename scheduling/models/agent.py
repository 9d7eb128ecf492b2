"""Who does the thinking."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from notifications.encryption import EncryptedJSONField
from scheduling.agents import options_errors


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

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id

    def clean(self) -> None:
        """Raise `ValidationError` naming the option that the backend does not take."""
        if errors := options_errors(self.backend, self.options, self.credentials):
            raise ValidationError(errors)

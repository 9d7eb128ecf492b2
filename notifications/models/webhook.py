"""A place that results are reported to."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from notifications.encryption import EncryptedJSONField, EncryptedTextField, mask_url


class Webhook(models.Model):
    """URL, format, headers, and the rule which results it wants (CONTRACTS A0)."""

    class NotifyOn(models.TextChoices):
        ALWAYS = "always", "Success and failure"
        SUCCESS = "success", "Success only"
        FAILURE = "failure", "Failure only"

    #: What people say about a webhook; the rest is Backbeat's own.
    EDITABLE = (
        "name", "url", "format", "headers", "body_template", "chat_id", "notify_on",
        "active",
    )  # fmt: skip

    name = models.CharField(max_length=200, blank=True)
    url = EncryptedTextField(blank=True, help_text="https://… of the receiver.")
    format = models.CharField(max_length=50, default="raw")
    headers = EncryptedJSONField(default=dict, blank=True)
    body_template = models.JSONField(null=True, blank=True)
    chat_id = models.CharField(max_length=100, blank=True)
    notify_on = models.CharField(
        max_length=20, choices=NotifyOn.choices, default=NotifyOn.ALWAYS
    )
    active = models.BooleanField(default=True)
    disabled_reason = models.CharField(
        max_length=300, blank=True, help_text="Why Backbeat switched it off."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notify_on__in=["always", "success", "failure"]),
                name="webhook_notify_on_known",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"{self.format} {self.masked_url}".strip()

    @property
    def masked_url(self) -> str:
        """Scheme and host; the path and the query may be secrets (a Telegram token)."""
        return mask_url(self.url) if self.url else ""

    def clean(self) -> None:
        """Raise `ValidationError` naming each field that its format cannot work with."""
        if self.active:
            self.disabled_reason = ""  # a person has switched it on again
        from notifications.validation import webhook_errors  # noqa: PLC0415 -- imports models' peers

        if errors := webhook_errors(self):
            raise ValidationError(errors)

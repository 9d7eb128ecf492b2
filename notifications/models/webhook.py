"""A place that results are reported to."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedJSONField, EncryptedTextField, mask_url


class Webhook(models.Model):
    """URL, format, headers, and the rule which results it wants (CONTRACTS A0)."""

    class NotifyOn(models.TextChoices):
        ALWAYS = "always", _("Success and failure")
        SUCCESS = "success", _("Success only")
        FAILURE = "failure", _("Failure only")

    #: What people say about a webhook; the rest is Backbeat's own.
    EDITABLE = (
        "name", "url", "format", "headers", "body_template", "chat_id", "notify_on",
        "active",
    )  # fmt: skip

    name = models.CharField(_("name"), max_length=200, blank=True)
    url = EncryptedTextField(
        _("URL"), blank=True, help_text=_("https://… of the receiver.")
    )
    format = models.CharField(_("format"), max_length=50, default="raw")
    headers = EncryptedJSONField(_("headers"), default=dict, blank=True)
    body_template = models.JSONField(_("body template"), null=True, blank=True)
    chat_id = models.CharField(_("chat id"), max_length=100, blank=True)
    notify_on = models.CharField(
        _("tell about"),
        max_length=20,
        choices=NotifyOn.choices,
        default=NotifyOn.ALWAYS,
    )
    active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.CharField(
        _("switched off because"),
        max_length=300,
        blank=True,
        help_text=_("Why Backbeat switched it off."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notify_on__in=["always", "success", "failure"]),
                name="webhook_notify_on_known",
            )
        ]

    def __str__(self) -> str:
        # Not by its URL: a name must be there although the key is lost.
        from notifications.labels import webhook_label  # noqa: PLC0415 -- imports models' peers

        return webhook_label(self.name, self.format)

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

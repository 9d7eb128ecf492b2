"""Who does the thinking."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedJSONField
from notifications.ssrf import UnsafeUrl, check_url
from pages.translation import translated
from scheduling.agents import options_errors


class AgentManager(models.Manager["Agent"]):
    """Loads credentials when they are asked for: one lost key must not take a list with it."""

    def get_queryset(self) -> models.QuerySet[Agent]:
        return super().get_queryset().defer("credentials")


class Agent(models.Model):
    """A backend plus its options, credentials and system prompt."""

    id = models.SlugField(_("id"), primary_key=True, max_length=100)
    name = models.CharField(_("name"), max_length=200)
    backend = models.CharField(
        _("backend"), max_length=50, help_text=_("One of AGENT_BACKENDS.")
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    credentials = EncryptedJSONField(
        _("credentials"),
        default=dict,
        blank=True,
        help_text=_('Encrypted, for example {"api_key": "…"}.'),
    )
    system_prompt = models.TextField(_("system prompt"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = AgentManager()

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
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
                    address,
                    allowed_origins=settings.SCHEDULING.agent_allowed_origins,
                    setting="SCHEDULING_AGENT_ALLOWED_ORIGINS",
                )
            except UnsafeUrl as error:
                return gettext(
                    "%(option)s: %(error)s A server of your own goes into "
                    "SCHEDULING_AGENT_ALLOWED_ORIGINS."
                ) % {"option": name, "error": translated(error.sentence)}
    return ""

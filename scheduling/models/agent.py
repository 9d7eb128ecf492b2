"""Who does the thinking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.encryption import DecryptionError, EncryptedJSONField
from notifications.ssrf import UnsafeUrl, check_url
from pages.translation import translated
from scheduling.agents import options_errors, options_refusal
from scheduling.models.bounds import Bounds


class AgentManager(models.Manager["Agent"]):
    """Loads credentials when they are asked for: one lost key must not take a list with it."""

    def get_queryset(self) -> models.QuerySet[Agent]:
        return super().get_queryset().defer("credentials")


class Agent(Bounds):
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
    max_concurrent = models.PositiveIntegerField(
        _("runs at the same time at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Of all its tasks together; the others wait."),
    )

    # Found by a preflight or by a run; while it stands, its tasks are not run.
    blocked_reason = models.TextField(
        _("cannot run because"), blank=True, editable=False
    )
    blocked_at = models.DateTimeField(
        _("cannot run since"), null=True, blank=True, editable=False
    )
    checked_at = models.DateTimeField(
        _("last checked"), null=True, blank=True, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    #: Owned by the engine: no form and no request sets them.
    ENGINE_FIELDS = ("blocked_reason", "blocked_at", "checked_at")

    objects = AgentManager()

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.id

    def credential_names(self) -> frozenset[str]:
        """The names of its credentials; those that no key reads count as one."""
        try:
            return frozenset(self.credentials)
        except DecryptionError:
            return frozenset({"?"})

    def clean(self) -> None:
        """Raise `ValidationError` naming the option that the backend does not take."""
        errors = options_errors(self.backend, self.options, self.credentials)
        if "options" not in errors and (message := address_error(self.options)):
            errors["options"] = message
        if not errors and (refusal := options_refusal(self.backend, self.options)):
            errors["options"] = translated(refusal)
        if errors:
            raise ValidationError(errors)


def address_error(options: dict[str, Any]) -> str:
    """An agent may call public addresses, and private ones that the installation allows."""
    for name, address in _addresses(options):
        try:
            check_url(
                address,
                allowed_origins=settings.SCHEDULING.agent_allowed_origins,
                setting="SCHEDULING_AGENT_ALLOWED_ORIGINS",
            )
        except UnsafeUrl as error:
            return f"{name}: {translated(error.sentence)}."
    return ""


def _addresses(options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The addresses in valid options, each with the option that it is, or stands, in."""
    for name, value in options.items():
        if name in ("url", "base_url") and value:
            yield name, value
        elif name in ("fallbacks", "mcp_servers"):
            for each in value or ():
                yield from ((name, address) for _key, address in _addresses(each))

"""Who may begin a task from outside: its keys, and the signatures that were used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedTextField
from scheduling.models.task import ScheduledTask


class TriggerKey(models.Model):
    """A key to one task: a bearer token, kept as a digest, or a secret that signs requests."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("Bearer token")
        SECRET = "secret", _("Signing secret")

    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        on_delete=models.CASCADE,
        related_name="trigger_keys",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=60, blank=True)
    beginning = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 -- null where the kind has none, unique else
    secret = EncryptedTextField(_("secret"), blank=True, default="", editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), null=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("trigger key")
        verbose_name_plural = _("trigger keys")
        ordering = ["task", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="token", digest__isnull=False)
                | Q(kind="secret", digest__isnull=True),
                name="trigger_key_complete",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"{self.beginning}…"


class UsedSignature(models.Model):
    """A signature that began a run; until it expires by its own time it begins no other."""

    digest = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        verbose_name = _("used signature")
        verbose_name_plural = _("used signatures")
        # Used by housekeeping: what is over.
        indexes = [models.Index(fields=["expires_at"], name="signature_over")]

    def __str__(self) -> str:
        return self.digest[:12]

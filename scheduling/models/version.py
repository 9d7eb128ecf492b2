"""Every state that a task or an agent has had."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedJSONField


class Version(models.Model):
    """A task or an agent as it was saved: who, when, what. Never changed, never overwritten.

    `data` is what people own of it (a task with its webhooks, tags and parents), encrypted
    because webhooks' addresses and headers are secrets. Credentials of agents are not in it.
    """

    class Kind(models.TextChoices):
        TASK = "task", _("Task")
        AGENT = "agent", _("Agent")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    ref = models.CharField(_("id"), max_length=100)
    number = models.PositiveIntegerField(_("version"))
    data = EncryptedJSONField(_("data"), default=dict)
    changed = models.JSONField(
        _("changed"),
        default=list,
        help_text=_("Names of the fields that were changed."),
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    by_name = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-at", "-id"]
        constraints = [
            # Its index also serves the list of one thing's versions.
            models.UniqueConstraint(
                fields=["kind", "ref", "number"], name="version_numbered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.number}"

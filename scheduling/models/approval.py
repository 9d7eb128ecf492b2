"""An output that a person is to approve before it is told to anybody."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.run import Run


class Approval(models.Model):
    """What was decided about the output of a run. `Run.approval` says how it stands."""

    run = models.OneToOneField(
        Run,
        verbose_name=_("run"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="approval_record",
    )
    #: As the agent gave it; what a person made of it stands on the run.
    original_output = models.TextField(_("original output"), blank=True)
    original_data = models.JSONField(_("original typed output"), null=True)
    was_edited = models.BooleanField(_("edited"), default=False)
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True)
    on_expiry = models.CharField(_("when it expires"), max_length=20, default="reject")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ["-asked_at"]
        permissions = [("decide_approval", "Can approve and reject outputs")]
        indexes = [
            # Used by the inbox of approvals.
            models.Index(
                fields=["-asked_at"],
                condition=Q(decided_at__isnull=True),
                name="approval_open",
            ),
            # Used by housekeeping: which have expired.
            models.Index(
                fields=["expires_at"],
                condition=Q(decided_at__isnull=True, expires_at__isnull=False),
                name="approval_expiring",
            ),
        ]

    def __str__(self) -> str:
        return str(self.run)

"""Requests that carry an Idempotency-Key, and what they were answered."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedTextField


class IdempotentRequest(models.Model):
    """One key of one caller at one address. Sent again, it gets the same answer.

    `digest` names caller, method, address and key; `body_digest` what was sent. Without a
    `status` it is still being answered, or its process died: after `locked_until` it may be
    tried again.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = EncryptedTextField(default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    locked_until = models.DateTimeField()

    class Meta:
        default_permissions = ()
        verbose_name = _("idempotent request")
        verbose_name_plural = _("idempotent requests")
        # Used by housekeeping: what nobody will send again.
        indexes = [models.Index(fields=["created_at"], name="idempotent_old")]

    def __str__(self) -> str:
        return self.digest[:12]

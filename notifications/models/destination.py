"""What is known of the places that webhooks lead to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Destination(models.Model):
    """A place that has asked to wait: nothing is sent there before `open_at`.

    Its key is that of `notifications.destinations`. The row goes when it says nothing any more.
    """

    key = models.CharField(primary_key=True, max_length=64)
    host = models.CharField(_("host"), max_length=255, blank=True)
    open_at = models.DateTimeField(_("open again at"), db_index=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")

    def __str__(self) -> str:
        return self.host

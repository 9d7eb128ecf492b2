"""Where an agent that answers later sends its answer."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scheduling.models.run import Run


class Callback(models.Model):
    """A one-time address of a run. The address itself is kept nowhere, only its digest."""

    run = models.OneToOneField(
        Run,
        verbose_name=_("run"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="callback",
    )
    digest = models.CharField(
        pgettext_lazy("of an address", "digest"), max_length=64, unique=True
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    content_type = models.CharField(_("content type"), max_length=200, blank=True)
    body = models.BinaryField(_("answer"), default=b"")

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")

    def __str__(self) -> str:
        return str(self.run)

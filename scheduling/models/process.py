"""The processes that do the work, as they last announced themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Process(models.Model):
    """A beat or a worker. One that has been silent for `silent_after_seconds` is not alive."""

    class Kind(models.TextChoices):
        BEAT = "beat", _("Beat")
        WORKER = "worker", _("Worker")

    name = models.CharField(_("name"), max_length=200, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    queues = models.JSONField(
        _("queues"), default=list, help_text=_("What a worker serves.")
    )
    leads = models.BooleanField(
        _("leads"), default=False, help_text=_("Of several beats: this one fires.")
    )
    pid = models.PositiveIntegerField(_("process id"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    silent_after_seconds = models.FloatField(_("silent after (seconds)"))

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")
        ordering = ["kind", "name"]

    def __str__(self) -> str:
        return self.name

    def is_alive(self, now: datetime) -> bool:
        """Whether it was heard of lately enough at `now`."""
        return (now - self.seen_at).total_seconds() <= self.silent_after_seconds

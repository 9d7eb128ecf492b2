"""The processes that do the work, as they last announced themselves."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone


class Process(models.Model):
    """A beat or a worker. One that has been silent for `silent_after_seconds` is not alive."""

    class Kind(models.TextChoices):
        BEAT = "beat", "Beat"
        WORKER = "worker", "Worker"

    name = models.CharField(max_length=200, primary_key=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    queues = models.JSONField(default=list, help_text="What a worker serves.")
    leads = models.BooleanField(
        default=False, help_text="Of several beats: this one fires."
    )
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    silent_after_seconds = models.FloatField()

    class Meta:
        ordering = ["kind", "name"]
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name

    def is_alive(self, now: datetime) -> bool:
        """Whether it was heard of lately enough at `now`."""
        return (now - self.seen_at).total_seconds() <= self.silent_after_seconds

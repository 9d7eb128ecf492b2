"""Slots of the past that are run later."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scheduling.models.task import ScheduledTask


class Backfill(models.Model):
    """A request to run a task's slots from `from_at` to `until_at` (both included).

    Its runs are made with it, each with the earliest moment that the rate allows it to start at.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="backfills",
    )
    task_ref = models.CharField(_("task id"), max_length=100)
    task_name = models.CharField(_("task"), max_length=200)
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    per_minute = models.PositiveIntegerField(_("runs a minute"), default=6)
    again = models.BooleanField(
        _("again"),
        default=False,
        help_text=_("Also slots that have succeeded already."),
    )
    made = models.PositiveIntegerField(_("runs"), default=0)
    left_out = models.PositiveIntegerField(
        _("left out"), default=0, help_text=_("Slots that had a run already.")
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("asked for by"), null=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("cancelled by"), null=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = _("backfill")
        verbose_name_plural = _("backfills")
        ordering = ["-created_at", "-id"]
        indexes = [
            # Used by the task's page: its latest backfills.
            models.Index(fields=["task", "-created_at"], name="backfill_of_task"),
        ]

    def __str__(self) -> str:
        return f"{self.task_name} {self.from_at:%Y-%m-%d}…{self.until_at:%Y-%m-%d}"

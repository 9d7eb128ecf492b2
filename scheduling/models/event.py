"""What happened that somebody may want to be told of."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.run import Run
from scheduling.models.task import ScheduledTask


class Event(models.Model):
    """A fact about a task, or about the whole installation (`task` is null and `task_ref` empty).

    It is written once for each task, kind and slot, and published on the bus as `task.<kind>`
    or `system.<kind>`.
    """

    class Kind(models.TextChoices):
        LATE = "late", _("A slot did not start in time")
        OVERDUE = "overdue", _("A run takes longer than expected")
        ON_TIME = "on_time", _("Back in time")
        MISSED = "missed", _("Slots were missed")
        PAUSED = "paused", _("Paused after failures in a row")
        RESUMED = "resumed", _("Resumed by itself")
        SET_ASIDE = "set_aside", _("Set aside")
        BLACKOUT = "blackout", _("Everything was paused")
        LIFTED = "lifted", _("Everything was resumed")
        BEAT_SILENT = "beat_silent", _("Beat fell silent")
        BEAT_BACK = "beat_back", _("Beat is back")
        BLOCKED = "blocked", _("Its agent cannot run")
        UNBLOCKED = "unblocked", _("Its agent can run again")
        BUDGET = "budget", _("A budget is used up")
        REFUSED = "refused", _("An agent was refused")
        APPROVAL = "approval", _("An output waits for approval")
        EXPIRED = "expired", _("An approval has expired")
        LOOP = "loop", _("Events led in a circle")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="events",
        db_index=False,  # event_of_task serves
    )
    task_ref = models.CharField(_("task id"), max_length=100, blank=True)
    task_name = models.CharField(_("task"), max_length=200, blank=True)
    run = models.ForeignKey(
        Run,
        verbose_name=_("run"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="events",
    )
    slot = models.DateTimeField(_("slot"), null=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    note = models.TextField(_("note"), blank=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-id"]
        indexes = [
            # Used by the list of all events, and by pruning.
            models.Index(fields=["-at", "-id"], name="event_latest"),
            # Used by the task's page and the filter of the list.
            models.Index(fields=["task", "-at", "-id"], name="event_of_task"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task_ref", "kind", "slot"],
                condition=Q(slot__isnull=False),
                name="event_once_per_slot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.task_name}".strip()

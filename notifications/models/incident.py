"""Something is wrong, from when somebody could know until it is over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Incident(models.Model):
    """An incident: opened once, counted on while it lasts, acknowledged by a person, resolved.

    `key` names what it is about (`task:morning-report`, `webhook:12`, `agent:writer`, `run:<id>`,
    `installation`). There is one open incident of a kind for it.
    """

    class Kind(models.TextChoices):
        FAILING = "failing", _("Runs fail")
        LATE = "late", _("Late")
        DEAD_ENDPOINT = "dead_endpoint", _("A receiver is dead")
        BUDGET = "budget", _("A budget is used up")
        APPROVAL = "approval", _("An output waits for approval")
        BLOCKED = "blocked", _("An agent cannot run")
        SET_ASIDE = "set_aside", _("A task was set aside")
        BEAT_SILENT = "beat_silent", _("Beat fell silent")
        UNTOLD = "untold", _("Somebody could not be told")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    key = models.CharField(_("about"), max_length=200)
    task_id = models.CharField(_("task id"), max_length=100, blank=True)
    run_id = models.UUIDField(
        _("run"), null=True, blank=True, help_text=_("The run that opened it.")
    )
    webhook = models.ForeignKey(
        "notifications.Webhook",
        verbose_name=_("webhook"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="incidents",
    )
    title = models.CharField(_("title"), max_length=300)
    note = models.TextField(
        _("what happened"), blank=True, help_text=_("The latest that was seen.")
    )
    count = models.PositiveIntegerField(_("times seen"), default=1)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    last_at = models.DateTimeField(_("last seen"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acknowledged by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("resolved by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: it was over by itself."),
    )
    resolves_at = models.DateTimeField(
        _("over at"),
        null=True,
        blank=True,
        help_text=_("When it is over by the clock, as a budget's day is."),
    )
    reminded_at = models.DateTimeField(_("told again"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-opened_at", "-id"]
        permissions = [
            ("acknowledge_incident", "Can acknowledge and resolve incidents")
        ]
        indexes = [
            # Used by every page's banner, and by reminders.
            models.Index(
                fields=["-opened_at", "-id"],
                condition=Q(resolved_at__isnull=True),
                name="incident_open",
            ),
            # Used by the list, and by pruning.
            models.Index(fields=["-opened_at", "-id"], name="incident_latest"),
            # Used by the task's page.
            models.Index(fields=["task_id", "-opened_at"], name="incident_of_task"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=Q(resolved_at__isnull=True),
                name="incident_one_open_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        """open, acknowledged (and open still) or resolved."""
        if self.resolved_at is not None:
            return "resolved"
        return "open" if self.acknowledged_at is None else "acknowledged"

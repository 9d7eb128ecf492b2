"""Times in which nothing fires, and the switch that pauses everything."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.defaults import default_timezone


class Blackout(models.Model):
    """From `starts_at` to `ends_at` no slot fires; each leaves a skipped row (`paused`).

    Without `ends_at` it lasts until somebody lifts it: the switch that pauses everything. With
    `from_time` and `until_time` it comes again on its weekdays (all, if none is named) within
    those bounds; one whose `until_time` is not later than its `from_time` ends the next day.
    """

    name = models.CharField(_("name"), max_length=200)
    note = models.TextField(_("note"), blank=True, help_text=_("Why, for the others."))
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    ends_at = models.DateTimeField(
        _("until"),
        null=True,
        blank=True,
        help_text=_("Empty: until somebody lifts it."),
    )
    weekdays = models.JSONField(
        _("weekdays"), default=list, blank=True, help_text=_("1=Mon … 7=Sun")
    )
    from_time = models.TimeField(_("from (time of day)"), null=True, blank=True)
    until_time = models.TimeField(_("until (time of day)"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default=default_timezone)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("made by"), null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("lifted by"), null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = _("blackout window")
        verbose_name_plural = _("blackout windows")
        ordering = ["-starts_at", "-id"]
        permissions = [("operate_blackout", "Can pause and resume everything")]
        indexes = [
            # Used by dispatch in every batch: which blackouts may cover its slots.
            models.Index(fields=["ends_at", "starts_at"], name="blackout_ends"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_time__isnull=True, until_time__isnull=True)
                | Q(from_time__isnull=False, until_time__isnull=False),
                name="blackout_times_together",
            ),
        ]

    def __str__(self) -> str:
        return self.name

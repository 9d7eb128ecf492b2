"""What a task does when things go otherwise than planned."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from scheduling.models.defaults import default_deadline

#: The least and the most of each number, units as its name says.
LIMITS: dict[str, tuple[int, int]] = {
    "deadline_seconds": (1, 86_400),
    "max_attempts": (1, 100),
    "catch_up_window_seconds": (1, 31_622_400),
    "catch_up_cap": (1, 1000),
    "catch_up_spread_seconds": (0, 86_400),
    "grace_seconds": (1, 604_800),
    "expected_seconds": (1, 604_800),
    "pause_after_failures": (1, 1000),
    "alert_after_failures": (1, 1000),
    "approval_seconds": (60, 31_622_400),
}


class Policies(models.Model):
    """Overlap, downtime, silence and failure; and the pause that people or failures put it in."""

    class Overlap(models.TextChoices):
        SKIP = "skip", _("Skip the slot while a run is under way")
        QUEUE = "queue", _("Let one wait until it has ended")
        ALLOW = "allow", _("Run beside it")
        REPLACE = "replace", _("Stop it, then run")

    class CatchUp(models.TextChoices):
        SKIP = "skip", _("Skip missed slots")
        LATEST = "latest", _("Run the latest missed slot")
        ALL = "all", _("Run all missed slots, one after the other")

    overlap = models.CharField(
        _("when a run is still under way"),
        max_length=20,
        choices=Overlap.choices,
        default=Overlap.SKIP,
    )
    catch_up = models.CharField(
        _("after downtime"),
        max_length=20,
        choices=CatchUp.choices,
        default=CatchUp.LATEST,
    )
    catch_up_window_seconds = models.PositiveIntegerField(
        _("not after (seconds)"),
        null=True,
        blank=True,
        help_text=_("A slot that was missed longer ago is not run any more."),
    )
    catch_up_cap = models.PositiveIntegerField(
        _("missed slots at most"),
        default=10,
        help_text=_("Of “all”, the latest so many run."),
    )
    catch_up_spread_seconds = models.PositiveIntegerField(
        _("spread over (seconds)"),
        default=0,
        help_text=_("So that many tasks do not all start at once after downtime."),
    )
    grace_seconds = models.PositiveIntegerField(
        _("late after (seconds)"),
        null=True,
        blank=True,
        help_text=_("A slot that has not started by then makes the task late."),
    )
    expected_seconds = models.PositiveIntegerField(
        _("expected run time (seconds)"),
        null=True,
        blank=True,
        help_text=_(
            "A run that takes longer makes the task late. Empty: its deadline."
        ),
    )
    pause_after_failures = models.PositiveIntegerField(
        _("pause after failures in a row"), null=True, blank=True
    )
    alert_after_failures = models.PositiveIntegerField(
        _("alert after failures in a row"),
        default=3,
        help_text=_("A failure that nobody is told of otherwise is an alert at once."),
    )
    deadline_seconds = models.PositiveIntegerField(
        _("deadline (seconds)"), default=default_deadline
    )
    max_attempts = models.PositiveSmallIntegerField(_("attempts at most"), default=3)

    class Meta:
        abstract = True

    def policy_errors(self) -> dict[str, Any]:
        """What is wrong with the numbers, by field, in the reader's language."""
        errors: dict[str, Any] = {}
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if value is None and self._meta.get_field(name).null:
                continue
            if not isinstance(value, int) or not least <= value <= most:
                errors[name] = gettext("Must be %(least)d to %(most)d.") % {
                    "least": least,
                    "most": most,
                }
        return errors

"""What was spent, by day; and what the owners of tasks may spend."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from scheduling.models.bounds import PeriodBounds


class Spending(models.Model):
    """What one task, agent, owner or lineage used in one day: counted when its runs end."""

    class Scope(models.TextChoices):
        TASK = "task", _("Task")
        AGENT = "agent", _("Agent")
        OWNER = "owner", _("Owner")
        #: What agents made for themselves, under the task or person at its root.
        LINEAGE = "lineage", _("Lineage")

    scope = models.CharField(_("scope"), max_length=20, choices=Scope.choices)
    ref = models.CharField(_("of"), max_length=150)
    day = models.DateField(
        _("day"), help_text=_("In the installation's own time zone.")
    )
    cost = models.DecimalField(_("cost"), max_digits=18, decimal_places=8, default=0)
    tokens = models.PositiveBigIntegerField(_("tokens"), default=0)
    runs = models.PositiveIntegerField(_("runs"), default=0)

    class Meta:
        verbose_name = _("spending")
        verbose_name_plural = _("spending")
        ordering = ["-day", "scope", "ref"]
        constraints = [
            # Also serves the question of every budget: a scope's days from a date on.
            models.UniqueConstraint(
                fields=["scope", "ref", "day"], name="spending_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.ref} {self.day}"


class OwnerBudget(PeriodBounds):
    """What all tasks of one owner may cost together."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="budget",
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("budget of an owner")
        verbose_name_plural = _("budgets of owners")
        ordering = ["owner"]

    def __str__(self) -> str:
        return str(self.owner)

"""What an execution came to: the columns of output and usage."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Outturn(models.Model):
    """What a run returned (text, and typed JSON when the agent has it), what it took and what a
    person made of it.
    """

    class Approval(models.TextChoices):
        WAITING = "waiting", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    output = models.TextField(_("output"), blank=True)
    output_type = models.CharField(_("kind of output"), max_length=50, blank=True)
    output_data = models.JSONField(_("typed output"), null=True)
    output_truncated = models.BooleanField(_("output was capped"), default=False)
    metadata = models.JSONField(_("metadata"), default=dict)

    model = models.CharField(_("model"), max_length=200, blank=True)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    tool_calls = models.PositiveIntegerField(_("tool calls"), default=0)
    cost = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=8,
        null=True,
        help_text=_("US dollars."),
    )
    cost_limit = models.DecimalField(
        _("may cost at most"), max_digits=14, decimal_places=8, null=True
    )
    approval = models.CharField(
        _("approval"),
        max_length=20,
        blank=True,
        choices=Approval.choices,
        help_text=_("Of a task whose outputs a person approves."),
    )
    untold = models.JSONField(
        _("not told"),
        default=list,
        help_text=_("The webhooks whose rule refused its result, and why."),
    )

    class Meta:
        abstract = True

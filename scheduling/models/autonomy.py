"""What an agent may do by itself in the runs of a task, and what a person is to see first."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Autonomy(models.Model):
    """Memory, approval and self-scheduling of a task."""

    class MemoryScope(models.TextChoices):
        TASK = "task", _("This task's own")
        AGENT = "agent", _("The agent's, which all its tasks share")

    class OnExpiry(models.TextChoices):
        REJECT = "reject", _("Reject")
        APPROVE = "approve", _("Approve")

    agent_options = models.JSONField(
        _("options of this task"),
        default=dict,
        blank=True,
        help_text=_("Over those of its agent, as far as the backend allows."),
    )
    include_memory = models.BooleanField(
        _("include memory"),
        default=False,
        help_text=_("The agent is shown what it remembers, and may write it anew."),
    )
    memory_scope = models.CharField(
        _("writes to the memory"),
        max_length=20,
        choices=MemoryScope.choices,
        default=MemoryScope.TASK,
    )
    needs_approval = models.BooleanField(
        _("a person approves the output"),
        default=False,
        help_text=_("Nobody is told before somebody has approved it."),
    )
    approval_seconds = models.PositiveIntegerField(
        _("approval expires after (seconds)"),
        null=True,
        blank=True,
        help_text=_("Empty: never."),
    )
    approval_expiry = models.CharField(
        _("when it expires"),
        max_length=20,
        choices=OnExpiry.choices,
        default=OnExpiry.REJECT,
    )
    may_schedule = models.BooleanField(
        _("its agent may make schedules"),
        default=False,
        help_text=_("In the runs of this task, within the limits of the installation."),
    )

    # Of tasks that agents made; see `scheduling.tools`.
    lineage = models.CharField(
        _("lineage"),
        max_length=120,
        blank=True,
        editable=False,
        help_text=_("Of a task made by an agent: whose it is at the root."),
    )
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, editable=False)
    made_by_run = models.UUIDField(_("made by run"), null=True, editable=False)

    LINEAGE_FIELDS = ("lineage", "depth", "made_by_run")

    class Meta:
        abstract = True

"""What agents did to schedules, and what they were refused: the audit trail of their tools."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AgentAct(models.Model):
    """One call of a tool that changes something, by an agent in a run or from outside."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    lineage = models.CharField(_("lineage"), max_length=120)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("for"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("In whose name the agent acted."),
    )
    run_id = models.UUIDField(_("run"), null=True)
    tool = models.CharField(_("tool"), max_length=100)
    action = models.CharField(_("action"), max_length=50)
    task_ref = models.CharField(_("task id"), max_length=100, blank=True)
    arguments = models.JSONField(_("arguments"), default=dict)
    accepted = models.BooleanField(_("accepted"), default=True)
    words = models.TextField(
        _("answer"), blank=True, help_text=_("What the agent was told.")
    )

    class Meta:
        verbose_name = _("act of an agent")
        verbose_name_plural = _("acts of agents")
        ordering = ["-at", "-id"]
        indexes = [
            # Used by the list, and by pruning.
            models.Index(fields=["-at", "-id"], name="act_latest"),
            # Used by the task's page and the filter of the list.
            models.Index(fields=["lineage", "-at"], name="act_of_lineage"),
            models.Index(fields=["task_ref", "-at"], name="act_of_task"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.action} {self.task_ref}"

"""Where a task reports to."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models import Webhook
from scheduling.models.task import ScheduledTask


class TaskWebhook(Webhook):
    """A webhook that belongs to one task and goes when the task goes.

    A child of `Webhook` (one row in each table), because `notifications` knows no tasks.
    """

    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        on_delete=models.CASCADE,
        related_name="webhooks",
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

"""What runs after what."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from scheduling.models.task import ScheduledTask


class Dependency(models.Model):
    """`task` runs after `parent`, in the same cycle, when the parent's run ended as `when` says.

    A task with several parents waits for all that are in the cycle. Circles are refused by
    `scheduling.services`.
    """

    class When(models.TextChoices):
        SUCCEEDED = "succeeded", _("when it succeeded")
        FAILED = "failed", _("when it failed")
        FINISHED = "finished", _("when it ended, however")

    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        on_delete=models.CASCADE,
        related_name="dependencies",
        db_index=False,  # dependency_once serves
    )
    parent = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("parent"),
        on_delete=models.CASCADE,
        related_name="dependants",
    )
    when = models.CharField(
        _("when"), max_length=20, choices=When.choices, default=When.SUCCEEDED
    )

    class Meta:
        verbose_name = _("dependency")
        verbose_name_plural = _("dependencies")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["task", "parent"], name="dependency_once"),
            models.CheckConstraint(
                condition=~Q(task=F("parent")), name="dependency_not_on_itself"
            ),
            models.CheckConstraint(
                condition=Q(when__in=["succeeded", "failed", "finished"]),
                name="dependency_when_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} after {self.parent_id}"

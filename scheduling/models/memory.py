"""What an agent keeps from run to run: one text for each agent and each task."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.agent import Agent
from scheduling.models.task import ScheduledTask


class Memory(models.Model):
    """The memory of an agent, which all its tasks share, or of one task."""

    agent = models.OneToOneField(
        Agent,
        verbose_name=_("agent"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="memory",
    )
    task = models.OneToOneField(
        ScheduledTask,
        verbose_name=_("task"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="memory",
    )
    content = models.TextField(_("memory"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    updated_at = models.DateTimeField(
        _("changed"), default=timezone.now, editable=False
    )

    class Meta:
        verbose_name = _("memory")
        verbose_name_plural = _("memories")
        ordering = ["-updated_at"]
        permissions = [("edit_memory", "Can change what agents remember")]
        constraints = [
            models.CheckConstraint(
                condition=Q(agent__isnull=False, task__isnull=True)
                | Q(agent__isnull=True, task__isnull=False),
                name="memory_of_one",
            ),
        ]

    def __str__(self) -> str:
        return str(self.task or self.agent)


class MemoryVersion(models.Model):
    """What a memory held from `at` on, and who or which run wrote it. Never changed."""

    memory = models.ForeignKey(
        Memory,
        verbose_name=_("memory"),
        on_delete=models.CASCADE,
        related_name="versions",
    )
    number = models.PositiveIntegerField(_("version"))
    content = models.TextField(_("memory"), blank=True)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    run_id = models.UUIDField(
        _("run"), null=True, help_text=_("Not a key: the run may be pruned.")
    )
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("version of a memory")
        verbose_name_plural = _("versions of memories")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["memory", "number"], name="memory_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.memory} {self.number}"

"""What a run did on its way: progress lines, requests of models, tool calls."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.run import Run


class Step(models.Model):
    """One thing that a run did in one of its tries; written while it runs, and kept."""

    class Kind(models.TextChoices):
        PROGRESS = "progress", _("Progress")
        MODEL = "model", _("Model")
        TOOL = "tool", _("Tool")

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(
        Run,
        verbose_name=_("run"),
        on_delete=models.CASCADE,
        related_name="steps",
        db_index=False,  # step_once serves
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.RUNNING
    )
    name = models.CharField(
        _("name"), max_length=200, blank=True, help_text=_("Of the model or tool.")
    )
    text = models.TextField(
        _("text"), blank=True, help_text=_("The line, or what the tool was given.")
    )
    result = models.TextField(_("result"), blank=True)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    cost = models.DecimalField(_("cost"), max_digits=14, decimal_places=8, null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["attempt", "number"]
        constraints = [
            # Also serves the run's page: its steps in their order.
            models.UniqueConstraint(
                fields=["run", "attempt", "number"], name="step_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

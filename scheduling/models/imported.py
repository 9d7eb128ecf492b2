"""Where a task came from, when a file or another system's client made it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.encryption import EncryptedJSONField
from scheduling.models.task import ScheduledTask


class ImportedTask(models.Model):
    """What a task is called elsewhere, and what was written of it when it was last loaded.

    `ref` is its name in its own format (`aiops-bot:check_alerts`, `default/nightly`) and unique
    there, so loading again finds the task again. While the task still has `version`, nobody has
    changed it since. `document` is the entry as it was written: what Backbeat has no column for
    goes out again as it came in.
    """

    class Format(models.TextChoices):
        BACKBEAT = "backbeat", "Backbeat"
        SIMPLIZE = "simplize", "Simplize"
        RQ = "rq", "RQ tasks.yaml"
        APFLOW = "apflow", "APFlow"
        OMNIAGENT = "omniagent", "omniagent"
        SYMPOZIUM = "sympozium", "SympoziumSchedule"

    task = models.OneToOneField(
        ScheduledTask,
        verbose_name=_("task"),
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="imported",
    )
    format = models.CharField(_("format"), max_length=20, choices=Format.choices)
    ref = models.CharField(_("name there"), max_length=300)
    source = models.CharField(
        _("loaded from"),
        max_length=300,
        blank=True,
        help_text=_(
            "The name of the file; what is no longer in it is deleted by --prune."
        ),
    )
    version = models.PositiveIntegerField(
        _("version"), help_text=_("Of the task, when it was last loaded.")
    )
    document = EncryptedJSONField(_("as it was written"), default=dict)
    loaded_at = models.DateTimeField(_("loaded"))

    class Meta:
        default_permissions = ()  # who may see the task sees where it came from
        verbose_name = _("imported task")
        verbose_name_plural = _("imported tasks")
        constraints = [
            # Its index finds the task of an entry that is loaded again.
            models.UniqueConstraint(fields=["format", "ref"], name="imported_once"),
        ]
        indexes = [
            # Used by --prune: what came from this file.
            models.Index(
                fields=["source"], condition=~Q(source=""), name="imported_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.ref}"

"""Events that begin a run."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.bus_message import is_pattern
from notifications.conditions import ConditionError, check
from pages.translation import translated
from scheduling.models.task import ScheduledTask


class EventTrigger(models.Model):
    """An event of this type, from this source, of this shape begins a run of the task."""

    EDITABLE = (
        "event_type",
        "source_agent",
        "filter",
        "min_interval_seconds",
        "active",
    )
    """What people write; the rest is the engine's."""
    MOST_SECONDS = 31_622_400

    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        on_delete=models.CASCADE,
        related_name="event_triggers",
    )
    event_type = models.CharField(
        _("event type"),
        max_length=100,
        help_text=_("Such as task.completed; signal.* stands for all that begin so."),
    )
    source_agent = models.CharField(
        _("from agent"),
        max_length=100,
        blank=True,
        help_text=_("Id of the agent that the event is from; empty: any."),
    )
    filter = models.TextField(
        _("only if"),
        blank=True,
        help_text=_(
            "A JMESPath expression over the event, such as payload.ticker == 'VCB'."
        ),
    )
    min_interval_seconds = models.PositiveIntegerField(
        _("at most every (seconds)"),
        default=0,
        help_text=_("Events that come sooner after its last run begin none."),
    )
    active = models.BooleanField(_("active"), default=True)
    fired_at = models.DateTimeField(
        _("last fired"), null=True, blank=True, editable=False
    )
    fired_count = models.PositiveIntegerField(_("fired"), default=0, editable=False)
    refused_note = models.CharField(
        _("last refused because"), max_length=300, blank=True, editable=False
    )
    created_at = models.DateTimeField(
        _("created"), default=timezone.now, editable=False
    )

    class Meta:
        verbose_name = _("event trigger")
        verbose_name_plural = _("event triggers")
        ordering = ["task_id", "id"]
        indexes = [
            # Used for every event: which triggers there are.
            models.Index(
                fields=["event_type"], condition=Q(active=True), name="trigger_active"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(event_type=""), name="trigger_names_a_type"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.source_agent}".strip()

    def clean(self) -> None:
        """Raises `ValidationError` by field."""
        errors = {}
        if self.event_type and not is_pattern(self.event_type):
            errors["event_type"] = gettext(
                "“%(type)s” is no event type: write it like task.completed, or task.* for all "
                "that begin so."
            ) % {"type": self.event_type}
        if (self.min_interval_seconds or 0) > self.MOST_SECONDS:
            text = gettext("Must be %(least)d to %(most)d.")
            errors["min_interval_seconds"] = text % {
                "least": 0,
                "most": self.MOST_SECONDS,
            }
        try:
            if self.filter:
                check(self.filter)
        except ConditionError as error:
            errors["filter"] = translated(error.sentence)
        if errors:
            raise ValidationError(errors)

"""What runs and when: this agent, this input, this schedule, these webhooks."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from notifications.models import Webhook
from notifications.placeholders import PlaceholderError, validate
from pages.sentence import Sentence
from pages.translation import translated
from scheduling.models.agent import Agent
from scheduling.prompt import VARIABLES
from scheduling.schedule import Schedule, ScheduleError, ScheduleType


def default_timezone() -> str:
    return settings.SCHEDULING.default_timezone


def default_deadline() -> int:
    return settings.SCHEDULING.default_deadline_seconds


MAX_PROMPT_CHARS = 100_000
MAX_DEADLINE_SECONDS = 86_400
MAX_ATTEMPTS = 100


class Tag(models.Model):
    """A word that people sort tasks by."""

    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScheduledTask(models.Model):
    """A task. All fields of CONTRACTS A0; weekdays are ISO 1=Mon..7=Sun in here."""

    class Type(models.TextChoices):
        DAILY = "daily", _("Daily")
        WEEKLY = "weekly", _("Weekly")
        MONTHLY = "monthly", _("Monthly")
        CRON = "cron", _("Cron")
        ONCE = "once", _("Once")
        INTERVAL = "interval", _("Interval")

    class Overlap(models.TextChoices):
        SKIP = "skip", _("Skip the slot while a run is under way")
        ALLOW = "allow", _("Run beside it")

    class CatchUp(models.TextChoices):
        SKIP = "skip", _("Skip missed slots")
        LATEST = "latest", _("Run the latest missed slot")

    id = models.SlugField(_("id"), primary_key=True, max_length=100)
    name = models.CharField(_("name"), max_length=200)
    active = models.BooleanField(_("active"), default=True)
    agent = models.ForeignKey(
        Agent, verbose_name=_("agent"), on_delete=models.PROTECT, related_name="tasks"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="scheduled_tasks",
    )  # fmt: skip
    target_user_id = models.CharField(
        _("target user"),
        max_length=100,
        blank=True,
        help_text=_("The user whose inbox shows the result."),
    )
    tags = models.ManyToManyField(
        Tag, verbose_name=_("tags"), blank=True, related_name="tasks"
    )
    input_message = models.TextField(
        _("prompt"), help_text=_("The prompt of every run.")
    )
    system_prompt_override = models.TextField(
        _("addition to the system prompt"),
        blank=True,
        help_text=_("Supplements the agent's system prompt."),
    )

    schedule_type = models.CharField(_("schedule"), max_length=20, choices=Type.choices)
    schedule_time = models.TimeField(_("time of day"), null=True, blank=True)
    weekdays = models.JSONField(
        _("weekdays"), default=list, blank=True, help_text=_("1=Mon … 7=Sun")
    )
    month_days = models.JSONField(
        _("days of the month"), default=list, blank=True, help_text=_('1–31 or "last"')
    )
    cron_expression = models.CharField(_("cron expression"), max_length=200, blank=True)
    interval_seconds = models.PositiveIntegerField(_("interval"), null=True, blank=True)
    run_at = models.DateTimeField(_("at"), null=True, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default=default_timezone)
    start_at = models.DateTimeField(_("not before"), null=True, blank=True)
    end_at = models.DateTimeField(_("not after"), null=True, blank=True)

    overlap = models.CharField(
        _("when a run is still under way"),
        max_length=20,
        choices=Overlap.choices,
        default=Overlap.SKIP,
    )
    catch_up = models.CharField(
        _("after downtime"),
        max_length=20,
        choices=CatchUp.choices,
        default=CatchUp.LATEST,
    )
    deadline_seconds = models.PositiveIntegerField(
        _("deadline (seconds)"), default=default_deadline
    )
    max_attempts = models.PositiveSmallIntegerField(_("attempts at most"), default=3)

    # Owned by the engine: moved by dispatch and lifecycle alone.
    next_run_at = models.DateTimeField(
        _("next run"), null=True, blank=True, editable=False
    )
    schedule_error = models.TextField(
        _("set aside because"),
        blank=True,
        editable=False,
        help_text=_("Why this task was set aside."),
    )
    state = models.JSONField(
        _("memory"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("What its agent remembers."),
    )
    last_run_at = models.DateTimeField(
        _("last run"), null=True, blank=True, editable=False
    )
    last_status = models.CharField(
        _("last result"), max_length=20, blank=True, editable=False
    )
    run_count = models.PositiveIntegerField(_("runs"), default=0, editable=False)
    failure_count = models.PositiveIntegerField(
        _("failures"), default=0, editable=False
    )
    consecutive_failures = models.PositiveIntegerField(
        _("failures in a row"), default=0, editable=False
    )

    created_at = models.DateTimeField(_("created"), default=now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("changed by"), null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip

    SCHEDULE_FIELDS = (
        "schedule_type", "schedule_time", "weekdays", "month_days", "cron_expression",
        "interval_seconds", "run_at", "timezone", "start_at", "end_at",
    )  # fmt: skip
    ENGINE_FIELDS = (
        "next_run_at", "schedule_error", "state", "last_run_at", "last_status",
        "run_count", "failure_count", "consecutive_failures",
    )  # fmt: skip

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["name", "id"]
        permissions = [
            ("operate_scheduledtask", "Can run, pause and resume scheduled tasks")
        ]
        indexes = [
            # Used by dispatch on every tick of beat: which tasks are due.
            models.Index(
                fields=["next_run_at"],
                condition=Q(active=True, next_run_at__isnull=False),
                name="task_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(schedule_type__in=["daily", "weekly", "monthly"], schedule_time__isnull=False)
                | (Q(schedule_type="cron") & ~Q(cron_expression=""))
                | Q(schedule_type="once", run_at__isnull=False)
                | Q(schedule_type="interval", interval_seconds__gte=1),
                name="task_schedule_complete",
            ),
            models.CheckConstraint(
                condition=Q(overlap__in=["skip", "allow"]), name="task_overlap_known"
            ),
            models.CheckConstraint(
                condition=Q(catch_up__in=["skip", "latest"]), name="task_catch_up_known"
            ),
            models.CheckConstraint(
                condition=Q(deadline_seconds__gte=1, max_attempts__gte=1),
                name="task_limits_positive",
            ),
            models.CheckConstraint(
                condition=~Q(id="") & ~Q(name="") & ~Q(input_message=""),
                name="task_says_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def schedule(self) -> Schedule:
        """The timing value. Raises `ScheduleError` naming the field that is wrong."""
        try:
            return self._timing()
        except TypeError as error:  # a column holds what no form would have let in
            raise ScheduleError(
                "schedule_type", self.schedule_type, f"its fields do not fit: {error}"
            ) from error

    def _timing(self) -> Schedule:
        return Schedule(
            type=_schedule_type(self.schedule_type),
            timezone=self.timezone,
            time=self.schedule_time,
            weekdays=_days("weekdays", self.weekdays),
            month_days=_days("month_days", self.month_days),
            cron=self.cron_expression,
            interval_seconds=self.interval_seconds,
            run_at=self.run_at,
            anchor=self.start_at or self.created_at,
            start_at=self.start_at,
            end_at=self.end_at,
        )

    def clean(self) -> None:
        """Raise `ValidationError` naming each field of the prompt or schedule that is wrong."""
        errors: dict[str, Any] = {}
        if not self.input_message.strip():
            errors["input_message"] = gettext(
                "Say what the agent is to do: the prompt is empty."
            )
        for field in ("input_message", "system_prompt_override"):
            if message := _prompt_error(getattr(self, field)):
                errors[field] = message
        try:
            _ = self.schedule
        except ScheduleError as error:
            errors[error.field] = translated(error.at_the_field)
        for field, most in (
            ("deadline_seconds", MAX_DEADLINE_SECONDS),
            ("max_attempts", MAX_ATTEMPTS),
        ):
            if not 1 <= (getattr(self, field) or 0) <= most:
                errors[field] = gettext("Must be 1 to %(most)d.") % {"most": most}
        if errors:
            raise ValidationError(errors)


def _prompt_error(text: str) -> str:
    if len(text) > MAX_PROMPT_CHARS:
        return gettext("Has %(count)d characters; at most %(most)d are allowed.") % {
            "count": len(text),
            "most": MAX_PROMPT_CHARS,
        }
    try:
        validate(text, allowed=VARIABLES)
    except PlaceholderError as error:
        return translated(error.sentence)
    return ""


def _days(field: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScheduleError(field, value, Sentence("expected a list of days"))
    return tuple(value)


def _schedule_type(value: str) -> ScheduleType:
    try:
        return ScheduleType(value)
    except ValueError as error:
        known = ", ".join(ScheduleType)
        raise ScheduleError(
            "schedule_type", value, Sentence("choose one of %(known)s.", known=known)
        ) from error


class TaskWebhook(Webhook):
    """A webhook that belongs to one task and goes when the task goes.

    A child of `Webhook` (one row in each table), because `notifications` knows no tasks.
    """

    COPIED = (
        "name", "url", "format", "headers", "body_template", "chat_id", "notify_on",
        "active",
    )  # fmt: skip

    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        on_delete=models.CASCADE,
        related_name="webhooks",
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

"""What runs and when: this agent, this input, this schedule, these webhooks."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from notifications.models import Webhook
from notifications.placeholders import PlaceholderError, validate
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

    name = models.CharField(max_length=50, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ScheduledTask(models.Model):
    """A task. All fields of CONTRACTS A0; weekdays are ISO 1=Mon..7=Sun in here."""

    class Type(models.TextChoices):
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly"
        MONTHLY = "monthly", "Monthly"
        CRON = "cron", "Cron"
        ONCE = "once", "Once"
        INTERVAL = "interval", "Interval"

    class Overlap(models.TextChoices):
        SKIP = "skip", "Skip the slot while a run is under way"
        ALLOW = "allow", "Run beside it"

    class CatchUp(models.TextChoices):
        SKIP = "skip", "Skip missed slots"
        LATEST = "latest", "Run the latest missed slot"

    id = models.SlugField(primary_key=True, max_length=100)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="tasks")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL,
        related_name="scheduled_tasks",
    )  # fmt: skip
    target_user_id = models.CharField(
        max_length=100, blank=True, help_text="The user whose inbox shows the result."
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="tasks")
    input_message = models.TextField(help_text="The prompt of every run.")
    system_prompt_override = models.TextField(
        blank=True, help_text="Supplements the agent's system prompt."
    )

    schedule_type = models.CharField(max_length=20, choices=Type.choices)
    schedule_time = models.TimeField(null=True, blank=True)
    weekdays = models.JSONField(default=list, blank=True, help_text="1=Mon … 7=Sun")
    month_days = models.JSONField(default=list, blank=True, help_text='1–31 or "last"')
    cron_expression = models.CharField(max_length=200, blank=True)
    interval_seconds = models.PositiveIntegerField(null=True, blank=True)
    run_at = models.DateTimeField(null=True, blank=True)
    timezone = models.CharField(max_length=64, default=default_timezone)
    start_at = models.DateTimeField(null=True, blank=True)
    end_at = models.DateTimeField(null=True, blank=True)

    overlap = models.CharField(
        max_length=20, choices=Overlap.choices, default=Overlap.SKIP
    )
    catch_up = models.CharField(
        max_length=20, choices=CatchUp.choices, default=CatchUp.LATEST
    )
    deadline_seconds = models.PositiveIntegerField(default=default_deadline)
    max_attempts = models.PositiveSmallIntegerField(default=3)

    # Owned by the engine: moved by dispatch and lifecycle alone.
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    schedule_error = models.TextField(
        blank=True, editable=False, help_text="Why this task was set aside."
    )
    state = models.JSONField(
        default=dict, blank=True, editable=False, help_text="What its agent remembers."
    )
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_status = models.CharField(max_length=20, blank=True, editable=False)
    run_count = models.PositiveIntegerField(default=0, editable=False)
    failure_count = models.PositiveIntegerField(default=0, editable=False)
    consecutive_failures = models.PositiveIntegerField(default=0, editable=False)

    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False,
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
        errors: dict[str, str] = {}
        if not self.input_message.strip():
            errors["input_message"] = (
                "Say what the agent is to do: the prompt is empty."
            )
        for field in ("input_message", "system_prompt_override"):
            if message := _prompt_error(getattr(self, field)):
                errors[field] = message
        try:
            _ = self.schedule
        except ScheduleError as error:
            errors[error.field] = str(error)
        for field, most in (
            ("deadline_seconds", MAX_DEADLINE_SECONDS),
            ("max_attempts", MAX_ATTEMPTS),
        ):
            if not 1 <= (getattr(self, field) or 0) <= most:
                errors[field] = f"Must be 1 to {most}."
        if errors:
            raise ValidationError(errors)


def _prompt_error(text: str) -> str:
    if len(text) > MAX_PROMPT_CHARS:
        return f"Has {len(text)} characters; at most {MAX_PROMPT_CHARS} are allowed."
    try:
        validate(text, allowed=VARIABLES)
    except PlaceholderError as error:
        return str(error)
    return ""


def _days(field: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)):
        raise ScheduleError(field, value, "expected a list of days")
    return tuple(value)


def _schedule_type(value: str) -> ScheduleType:
    try:
        return ScheduleType(value)
    except ValueError as error:
        known = ", ".join(ScheduleType)
        raise ScheduleError(
            "schedule_type", value, f"choose one of {known}."
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
        ScheduledTask, on_delete=models.CASCADE, related_name="webhooks"
    )

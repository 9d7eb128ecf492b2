"""What runs and when: this agent, this input, this schedule, these webhooks."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_
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
from pages.translation import translated
from scheduling.agents import task_options_errors
from scheduling.models.agent import Agent, address_error
from scheduling.models.autonomy import Autonomy
from scheduling.models.bounds import Bounds

# The first migrations know them by this module.
from scheduling.models.defaults import default_deadline, default_timezone
from scheduling.models.policies import Policies
from scheduling.models.tag import Tag
from scheduling.models.timing import Timing
from scheduling.prompt import VARIABLES

__all__ = ["MAX_PROMPT_CHARS", "ScheduledTask", "default_deadline", "default_timezone"]

MAX_PROMPT_CHARS = 100_000


class ScheduledTask(Timing, Policies, Bounds, Autonomy):
    """A task. All fields of CONTRACTS A0; when it is due stands in `Timing`."""

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
    shared_webhooks = models.ManyToManyField(
        Webhook,
        verbose_name=_("webhooks of the address book"),
        blank=True,
        related_name="tasks",
        limit_choices_to={"taskwebhook__isnull": True},
    )
    alert_webhook = models.ForeignKey(
        Webhook,
        verbose_name=_("alert channel"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        limit_choices_to={"taskwebhook__isnull": True},
        help_text=_(
            "Its incidents are told here; empty: where the installation's are."
        ),
    )
    input_message = models.TextField(
        _("prompt"), help_text=_("The prompt of every run.")
    )
    system_prompt_override = models.TextField(
        _("addition to the system prompt"),
        blank=True,
        help_text=_("Supplements the agent's system prompt."),
    )

    # A pause, by a person or by failures in a row; see `scheduling.services`.
    pause_note = models.TextField(_("paused because"), blank=True, editable=False)
    paused_at = models.DateTimeField(
        _("paused since"), null=True, blank=True, editable=False
    )
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("paused by"), null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    resume_at = models.DateTimeField(
        _("resumes at"), null=True, blank=True, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    # Owned by the engine: no form and no request sets them.
    next_slot = models.DateTimeField(
        _("next slot"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The first nominal instant that the ledger does not know yet."),
    )
    due_at = models.DateTimeField(
        _("due"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When beat is to look at it: its slot, spread, or its resumption."),
    )
    next_run_at = models.DateTimeField(
        _("next run"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Shown to people: closed days are passed over."),
    )
    scheduled_runs = models.PositiveIntegerField(
        _("runs by schedule"), default=0, editable=False
    )
    gap_run = models.UUIDField(
        null=True,
        editable=False,
        help_text=_("The skipped run that the next skipped slot is counted in."),
    )
    late_since = models.DateTimeField(
        _("late since"), null=True, blank=True, editable=False
    )
    schedule_error = models.TextField(
        _("set aside because"),
        blank=True,
        editable=False,
        help_text=_("Why this task was set aside."),
    )
    state = models.JSONField(
        _("state"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("What its agent keeps for the next run, apart from its memory."),
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

    ENGINE_FIELDS = (
        "next_slot",
        "due_at",
        "next_run_at",
        "scheduled_runs",
        "gap_run",
        "late_since",
        "schedule_error",
        "state",
        "last_run_at",
        "last_status",
        "run_count",
        "failure_count",
        "consecutive_failures",
    )
    PAUSE_FIELDS = ("active", "pause_note", "paused_at", "paused_by", "resume_at")  # fmt: skip

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
                fields=["due_at"], condition=Q(due_at__isnull=False), name="task_due"
            ),
            # Used by the first page: what runs next.
            models.Index(
                fields=["next_run_at"],
                condition=Q(active=True, next_run_at__isnull=False),
                name="task_next",
            ),
            # Used by the first page, the list's filter and the watch for silence.
            models.Index(
                fields=["late_since"],
                condition=Q(late_since__isnull=False),
                name="task_late",
            ),
            # Used by the tools of agents, and by dispatch for what agents made.
            models.Index(
                fields=["lineage"], condition=~Q(lineage=""), name="task_of_lineage"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(schedule_type__in=["daily", "weekly", "monthly"], schedule_time__isnull=False)
                | (Q(schedule_type="cron") & ~Q(cron_expression=""))
                | Q(schedule_type="once", run_at__isnull=False)
                | Q(schedule_type="interval", interval_seconds__gte=1)
                | Q(schedule_type="none"),
                name="task_schedule_complete",
            ),
            models.CheckConstraint(
                condition=Q(overlap__in=["skip", "queue", "allow", "replace"]), name="task_overlap_known"
            ),
            models.CheckConstraint(
                condition=Q(catch_up__in=["skip", "latest", "all"]), name="task_catch_up_known"
            ),
            models.CheckConstraint(
                condition=Q(deadline_seconds__gte=1, max_attempts__gte=1),
                name="task_limits_positive",
            ),
            models.CheckConstraint(
                condition=Q(on_closed_day__in=["skip", "shift"], first_run__in=["next_slot", "at_once"]),
                name="task_timing_known",
            ),
            models.CheckConstraint(
                condition=~Q(id="") & ~Q(name="") & ~Q(input_message=""),
                name="task_says_something",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def _made_at(self) -> datetime:
        return self.created_at

    def clean(self) -> None:
        """Raise `ValidationError` naming each field of the prompt or schedule that is wrong."""
        agent = Agent.objects.filter(id=self.agent_id).first()
        if errors := self.errors_with(agent):
            raise ValidationError(errors)

    def validate_constraints(self, exclude: Any = None) -> None:
        """Leave a schedule that `clean` has refused: a constraint would only say its own name."""
        known = {*(exclude or ())}
        if known & {*self.SCHEDULE_FIELDS}:
            known |= {*self.SCHEDULE_FIELDS}
        try:
            # Django asks the database about each of them: here in one query.
            if not known:
                self._all_of_them().validate(type(self), self)
                return
        except ValidationError:
            pass  # which of them, is said below
        super().validate_constraints(known)

    @classmethod
    def _all_of_them(cls) -> models.CheckConstraint:
        found = cls._meta.constraints
        checks = [each for each in found if isinstance(each, models.CheckConstraint)]
        condition = reduce(and_, (each.condition for each in checks))
        return models.CheckConstraint(condition=condition, name="task")

    def errors_with(self, agent: Agent | None) -> dict[str, Any]:
        """What is wrong by field, done by `agent`; None: that one is missing is said elsewhere."""
        errors: dict[str, Any] = {}
        if not self.input_message.strip():
            errors["input_message"] = gettext(
                "Say what the agent is to do: the prompt is empty."
            )
        for field in ("input_message", "system_prompt_override"):
            if message := _prompt_error(getattr(self, field)):
                errors[field] = message
        if agent and (said := self._agent_options_errors(agent)):
            errors["agent_options"] = said
        return errors | self.timing_errors() | self.policy_errors()

    def _agent_options_errors(self, agent: Agent) -> list[str]:
        own, names = self.agent_options, agent.credential_names()
        errors = task_options_errors(
            agent.backend, agent.options, own, credentials=names
        )
        if errors:
            return [translated(each) for each in errors]
        message = address_error(own)
        return [message] if message else []


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

"""One execution of a task, or one slot that was not used."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models.agent import Agent
from scheduling.models.origin import Origin
from scheduling.models.outturn import Outturn
from scheduling.models.task import ScheduledTask


class Run(Outturn, Origin):
    """A run. Every move of `status` is a conditional update in `scheduling.lifecycle`."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")  # waits for a worker; the runner claims it
        RUNNING = (
            "running",
            _("Running"),
        )  # leased; the runner ends it, or it is rescued
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        SKIPPED = "skipped", _("Skipped")  # a slot that was not used

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("Schedule")
        MANUAL = "manual", _("Manual")
        API = "api", _("API")
        WEBHOOK = "webhook", _("Webhook")
        AGENT = "agent", _("Agent")
        CHAIN = "chain", _("Chain")
        RERUN = "rerun", _("Rerun")
        BACKFILL = "backfill", _("Backfill")
        REPLY = "reply", _("Reply")
        EVENT = "event", _("Event")

    class FailureReason(models.TextChoices):
        ERROR = "error", _("Error")
        TIMEOUT = "timeout", _("Deadline passed")
        LOST = "lost", _("Worker lost")
        INVALID_OUTPUT = "invalid_output", _("Invalid output")
        BUDGET = "budget", _("Over budget")

    class SkipReason(models.TextChoices):
        OVERLAP = "overlap", _("A run was still under way")
        MISSED = "missed", _("Backbeat was not running")
        PAUSED = "paused", _("Paused")
        LIMIT = "limit", _("Limit reached")
        BUDGET = "budget", _("Over budget")
        CALENDAR = "calendar", _("Excluded by the calendar")
        PARENT = "parent", _("What it waited for ended otherwise")
        BLOCKED = "blocked", _("Its agent cannot run")

    class WaitsFor(models.TextChoices):
        PREVIOUS = "previous", _("the run before it")
        PARENTS = "parents", _("the tasks before it")
        AGENT = "agent", _("a place at its agent")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FINAL = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED, Status.SKIPPED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # History outlives the task and the agent, so what names them is kept here.
    task = models.ForeignKey(
        ScheduledTask,
        verbose_name=_("task"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        db_index=False,  # run_of_task serves
    )
    task_ref = models.CharField(_("task id"), max_length=100, help_text=_("Id of the task."))  # fmt: skip
    task_name = models.CharField(_("task"), max_length=200)
    agent = models.ForeignKey(
        Agent,
        verbose_name=_("agent"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="runs",
        db_index=False,  # run_of_agent serves
    )
    user_id = models.CharField(
        _("target user"),
        max_length=100,
        blank=True,
        help_text=_("The task's target user at that time."),
    )

    trigger = models.CharField(_("trigger"), max_length=20, choices=Trigger.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked for by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    rerun_of = models.ForeignKey(
        "self",
        verbose_name=_("rerun of"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="reruns",
    )
    root = models.ForeignKey(
        "self",
        verbose_name=_("begun by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="cycle",
        help_text=_("The run that began the cycle, for those that run after it."),
    )
    edges = models.JSONField(
        _("order"),
        default=list,
        help_text=_(
            "Of a run that begins a cycle: [task, parent, when], as it was then."
        ),
    )
    backfill = models.ForeignKey(
        "scheduling.Backfill",
        verbose_name=_("backfill"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="runs",
    )
    caught_up = models.BooleanField(
        _("caught up"), default=False, help_text=_("For a slot that was missed.")
    )
    task_version = models.PositiveIntegerField(_("version of the task"), null=True)
    agent_version = models.PositiveIntegerField(_("version of the agent"), null=True)
    scheduled_for = models.DateTimeField(
        _("slot"),
        null=True,
        help_text=_("The slot: the nominal instant at which it was due."),
    )
    slots = models.PositiveIntegerField(
        _("slots"), default=1, help_text=_("Missed slots that this row stands for.")
    )
    last_slot = models.DateTimeField(
        _("last slot"),
        null=True,
        help_text=_("The last of them, when it stands for several."),
    )

    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.QUEUED
    )
    failure_reason = models.CharField(
        _("reason of the failure"),
        max_length=20,
        blank=True,
        choices=FailureReason.choices,
    )
    skip_reason = models.CharField(
        _("reason of the skip"), max_length=20, blank=True, choices=SkipReason.choices
    )
    note = models.TextField(
        _("note"), blank=True, help_text=_("Why it was skipped or cancelled.")
    )
    error = models.TextField(_("error"), blank=True)
    error_trace = models.TextField(_("trace"), blank=True)

    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("attempts at most"), default=1)
    deadline_seconds = models.PositiveIntegerField(_("deadline (seconds)"), default=300)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    waits_for = models.CharField(
        _("waits for"),
        max_length=20,
        blank=True,
        choices=WaitsFor.choices,
        help_text=_("Queued, and not to be claimed before that has ended."),
    )
    rung_at = models.DateTimeField(
        _("rung"),
        null=True,
        default=timezone.now,
        help_text=_("Empty: not yet, its time is still to come."),
    )
    lease_token = models.UUIDField(_("lease token"), null=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True)
    worker = models.CharField(_("worker"), max_length=200, blank=True)
    cancel_requested_at = models.DateTimeField(_("cancel asked for"), null=True)

    # The exact prompt, as the agent got it.
    system_prompt = models.TextField(_("system prompt"), blank=True)
    input_message = models.TextField(_("prompt"), blank=True)

    late_at = models.DateTimeField(
        _("found late"), null=True, help_text=_("When it was found late, if it was.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created_at", "-id"]
        permissions = [("operate_run", "Can cancel and rerun runs")]
        indexes = [
            # Used by maintenance: queued runs that nobody claimed.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="queued", waits_for=""),
                name="run_queued",
            ),
            # Used by beat on every tick: runs put off whose time has come.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="queued", waits_for="", rung_at__isnull=True),
                name="run_put_off",
            ),
            # Used when a run ends: which run of its task waits for it.
            models.Index(
                fields=["task", "scheduled_for"],
                condition=Q(status="queued", waits_for="previous"),
                name="run_waiting",
            ),
            # Used when a place at an agent is free: which run waits longest for it.
            models.Index(
                fields=["agent", "created_at"],
                condition=Q(status="queued", waits_for="agent"),
                name="run_for_place",
            ),
            # Used by dispatch: which of the due tasks have a cycle under way.
            models.Index(
                fields=["root"],
                condition=Q(status__in=["queued", "running"], root__isnull=False),
                name="run_in_cycle",
            ),
            # Used by the ledger: what became of this slot.
            models.Index(fields=["task", "scheduled_for"], name="run_of_slot"),
            # Used by maintenance: leases that ended.
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status="running"),
                name="run_leased",
            ),
            # Used by dispatch: which of the due tasks have a run under way.
            models.Index(
                fields=["task"],
                condition=Q(status__in=["queued", "running"]),
                name="run_under_way",
            ),
            # Used by a task's history and by {{last_output}}.
            models.Index(fields=["task", "-created_at", "-id"], name="run_of_task"),
            # Used by the lists of a non-staff user, and of a task that may be deleted.
            models.Index(fields=["user_id", "-created_at"], name="run_of_user"),
            models.Index(fields=["task_ref", "-created_at"], name="run_of_ref"),
            # Used by the list of all runs, and by pruning.
            models.Index(fields=["-created_at", "-id"], name="run_latest"),
            # Used by the filters of that list, whose rows may be few and far between.
            models.Index(fields=["status", "-created_at", "-id"], name="run_of_status"),
            models.Index(
                fields=["trigger", "-created_at", "-id"], name="run_of_trigger"
            ),
            models.Index(fields=["agent", "-created_at", "-id"], name="run_of_agent"),
            # Used by the health report: what failed lately.
            models.Index(
                fields=["-finished_at"],
                condition=Q(status="failed"),
                name="run_failed",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "scheduled_for"],
                condition=Q(trigger="schedule"),
                name="run_one_per_slot",
            ),
            # What failed or was cancelled may be backfilled again.
            models.UniqueConstraint(
                fields=["task", "scheduled_for"],
                condition=Q(trigger="backfill", status__in=["queued", "running", "succeeded"]),
                name="run_one_backfill_per_slot",
            ),
            models.CheckConstraint(
                condition=Q(status="queued") | Q(waits_for=""),
                name="run_waits_while_queued",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["succeeded", "failed", "cancelled", "skipped"], finished_at__isnull=False)
                | Q(status__in=["queued", "running"], finished_at__isnull=True),
                name="run_finished_when_final",
            ),
            models.CheckConstraint(
                condition=Q(status="running", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(status="running") & Q(lease_token__isnull=True, lease_expires_at__isnull=True)),
                name="run_leased_while_running",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_reason=""))
                | (~Q(status="failed") & Q(failure_reason="")),
                name="run_failed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(status="skipped") & ~Q(skip_reason=""))
                | (~Q(status="skipped") & Q(skip_reason="")),
                name="run_skipped_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(trigger="schedule") | Q(scheduled_for__isnull=False),
                name="run_scheduled_has_a_slot",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        at = timezone.localtime(self.scheduled_for or self.created_at)
        return f"{self.task_name} {at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL

    @property
    def duration(self) -> timedelta | None:
        """From the start of the last attempt to the end; `None` while either is open."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at

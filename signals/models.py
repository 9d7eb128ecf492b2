"""What a run found: records for downstream jobs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignalOutput(models.Model):
    """A structured record that a run produced or that was ingested (CONTRACTS A0).

    `new` -> `processing` (claimed under a lease) -> `completed` or `failed`.
    """

    class Status(models.TextChoices):
        NEW = "new", _("New")  # waits for a consumer to claim it
        PROCESSING = "processing", _("Processing")  # leased by a consumer
        COMPLETED = "completed", _("Completed")
        FAILED = "failed", _("Failed")

    ticker = models.CharField(_("ticker"), max_length=50, blank=True)
    event_type = models.CharField(_("event type"), max_length=100, blank=True)
    event_date = models.DateField(
        _("event date"),
        null=True,
        blank=True,
        help_text=_("The day the signal is about, not the day of the run."),
    )
    source = models.CharField(_("source"), max_length=100, blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.NEW
    )
    task_id = models.CharField(_("task id"), max_length=100, blank=True)
    task_name = models.CharField(_("task"), max_length=200, blank=True)
    run_id = models.CharField(_("run"), max_length=64, blank=True)
    user_id = models.CharField(_("target user"), max_length=100, blank=True)
    output_type = models.CharField(_("kind of output"), max_length=50, blank=True)
    content = models.JSONField(_("content"), null=True, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    layer1_result = models.JSONField(_("layer 1"), null=True, blank=True)
    layer2_result = models.JSONField(_("layer 2"), null=True, blank=True)
    layer3_result = models.JSONField(_("layer 3"), null=True, blank=True)
    signal_factors = models.JSONField(_("factors"), null=True, blank=True)

    idempotency_key = models.CharField(_("idempotency key"),
        max_length=200, null=True, blank=True, unique=True, default=None,
        help_text=_("The same key is stored once, however often it is sent."),
    )  # fmt: skip

    consumer = models.CharField(_("consumer"), max_length=100, blank=True)
    lease_token = models.UUIDField(_("lease token"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    claims = models.PositiveIntegerField(_("claims"), default=0)
    result = models.JSONField(_("result"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("signal output")
        verbose_name_plural = _("signal outputs")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("consume_signaloutput", "Can claim, complete and fail signal outputs")
        ]
        indexes = [
            # Used by services.claim: the oldest that wait, and the leases that ended.
            models.Index(
                fields=["id"], condition=Q(status="new"), name="signal_waiting"
            ),
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status="processing"),
                name="signal_leased",
            ),
            # Used by the list pages and the API's filters.
            models.Index(fields=["-created_at", "-id"], name="signal_latest"),
            models.Index(fields=["ticker", "-event_date"], name="signal_ticker"),
            models.Index(fields=["run_id"], name="signal_run"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["new", "processing", "completed", "failed"]),
                name="signal_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["completed", "failed"], finished_at__isnull=False)
                | Q(status__in=["new", "processing"], finished_at__isnull=True),
                name="signal_finished_when_final",
            ),
            models.CheckConstraint(
                condition=Q(status="processing", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(status="processing") & Q(lease_token__isnull=True, lease_expires_at__isnull=True)),
                name="signal_leased_while_processing",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ticker or self.task_name or 'signal'} {self.event_type}".strip()


class SignalMove(models.Model):
    """One change of a signal's status: who made it and when. Written once, never changed."""

    signal = models.ForeignKey(
        SignalOutput,
        verbose_name=_("signal output"),
        on_delete=models.CASCADE,
        related_name="moves",
    )
    status = models.CharField(
        _("status"), max_length=20, choices=SignalOutput.Status.choices
    )
    actor = models.CharField(
        _("who"),
        max_length=200,
        blank=True,
        help_text=_("The consumer, person or program."),
    )
    note = models.TextField(_("note"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("status move")
        verbose_name_plural = _("status moves")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.status} {self.at:%Y-%m-%d %H:%M:%S} {self.actor}".strip()

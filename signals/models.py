"""What a run found: records for downstream jobs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SignalOutput(models.Model):
    """A structured record that a run produced or that was ingested (CONTRACTS A0).

    `new` -> `processing` (claimed under a lease) -> `completed` or `failed`.
    """

    class Status(models.TextChoices):
        NEW = "new", "New"  # waits for a consumer to claim it
        PROCESSING = "processing", "Processing"  # leased by a consumer
        COMPLETED = "completed", "Completed"
        FAILED = "failed", "Failed"

    ticker = models.CharField(max_length=50, blank=True)
    event_type = models.CharField(max_length=100, blank=True)
    event_date = models.DateField(
        null=True,
        blank=True,
        help_text="The day the signal is about, not the day of the run.",
    )
    source = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    task_id = models.CharField(max_length=100, blank=True)
    task_name = models.CharField(max_length=200, blank=True)
    run_id = models.CharField(max_length=64, blank=True)
    user_id = models.CharField(max_length=100, blank=True)
    output_type = models.CharField(max_length=50, blank=True)
    content = models.JSONField(null=True, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    layer1_result = models.JSONField(null=True, blank=True)
    layer2_result = models.JSONField(null=True, blank=True)
    layer3_result = models.JSONField(null=True, blank=True)
    signal_factors = models.JSONField(null=True, blank=True)

    idempotency_key = models.CharField(
        max_length=200, null=True, blank=True, unique=True, default=None,
        help_text="The same key is stored once, however often it is sent.",
    )  # fmt: skip

    consumer = models.CharField(max_length=100, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    claims = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
        SignalOutput, on_delete=models.CASCADE, related_name="moves"
    )
    status = models.CharField(max_length=20, choices=SignalOutput.Status.choices)
    actor = models.CharField(
        max_length=200, blank=True, help_text="The consumer, person or program."
    )
    note = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.status} {self.at:%Y-%m-%d %H:%M:%S} {self.actor}".strip()

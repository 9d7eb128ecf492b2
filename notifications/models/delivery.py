"""One result owed to one webhook, and each HTTP try of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from notifications.models.webhook import Webhook


class Delivery(models.Model):
    """One result owed to one webhook. Its id is the stable id that receivers de-duplicate by.

    A delivery's status is apart from its run's: a run that succeeded stays so when Slack is down.
    """

    class Status(models.TextChoices):
        PENDING = (
            "pending",
            "Pending",
        )  # waits for next_attempt_at; the sender claims it
        SENDING = "sending", "Sending"  # leased; the sender ends it or maintenance does
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        # The request may have arrived and the channel cannot de-duplicate: a person decides.
        UNKNOWN = "unknown", "Unknown"

    FINAL = (Status.DELIVERED, Status.FAILED, Status.CANCELLED, Status.UNKNOWN)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run_id = models.UUIDField(help_text="The run whose result this is.")
    task_id = models.CharField(max_length=100, blank=True)
    # History outlives the webhook, so its name and format are kept here.
    webhook = models.ForeignKey(
        Webhook, null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    webhook_name = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=50)
    payload = models.JSONField()
    status = models.CharField(
        max_length=20, choices=Status.choices, default=Status.PENDING
    )
    attempts_made = models.PositiveIntegerField(default=0)
    parts_sent = models.PositiveIntegerField(
        default=0, help_text="Messages of a split text that have arrived."
    )
    replayed = models.BooleanField(
        default=False, help_text="A person asked for it again."
    )
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    rung_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        permissions = [("replay_delivery", "Can replay and cancel deliveries")]
        indexes = [
            # Used by maintenance: what is due and was not claimed.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="pending"),
                name="delivery_due",
            ),
            # Used by maintenance: leases that ended.
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status="sending"),
                name="delivery_leased",
            ),
            # Used by the list pages and by pruning.
            models.Index(fields=["-created_at", "-id"], name="delivery_latest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run_id", "webhook"], name="delivery_once_per_run_and_webhook"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["delivered", "failed", "cancelled", "unknown"], finished_at__isnull=False)
                | Q(status__in=["pending", "sending"], finished_at__isnull=True),
                name="delivery_finished_when_final",
            ),
            models.CheckConstraint(
                condition=Q(status="sending", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(status="sending") & Q(lease_token__isnull=True, lease_expires_at__isnull=True)),
                name="delivery_leased_while_sending",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.webhook_name or self.format}: {self.status}"

    @property
    def is_final(self) -> bool:
        return self.status in self.FINAL


class Attempt(models.Model):
    """One HTTP try of one message of a delivery. Written once, never changed."""

    class Trigger(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        MANUAL = "manual", "Manual"

    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="attempts"
    )
    number = models.PositiveIntegerField()
    part = models.PositiveIntegerField(
        default=1, help_text="Which message of a split text, from 1."
    )
    trigger = models.CharField(
        max_length=20, choices=Trigger.choices, default=Trigger.SCHEDULED
    )
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(default=0)
    request_body = models.TextField(blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.TextField(blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=1, part__gte=1),
                name="attempt_counts_from_one",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.status_code or self.error[:40]}"

    @property
    def succeeded(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

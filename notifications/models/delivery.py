"""One result owed to one webhook, and each HTTP try of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.models.webhook import Webhook


class Delivery(models.Model):
    """One result owed to one webhook. Its id is the stable id that receivers de-duplicate by.

    A delivery's status is apart from its run's: a run that succeeded stays so when Slack is down.
    """

    class Status(models.TextChoices):
        PENDING = (
            "pending",
            _("Pending"),
        )  # waits for next_attempt_at; the sender claims it
        SENDING = (
            "sending",
            _("Sending"),
        )  # leased; the sender ends it or maintenance does
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        # The request may have arrived and the channel cannot de-duplicate: a person decides.
        UNKNOWN = "unknown", _("Unknown")

    class Kind(models.TextChoices):
        RESULT = "result", _("Result")
        ALERT = "alert", _("Alert")
        DIGEST = "digest", _("Digest")

    FINAL = (Status.DELIVERED, Status.FAILED, Status.CANCELLED, Status.UNKNOWN)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(
        _("kind"), max_length=20, choices=Kind.choices, default=Kind.RESULT
    )
    run_id = models.UUIDField(
        _("run"), null=True, help_text=_("The run whose result this is.")
    )
    incident = models.ForeignKey(
        "notifications.Incident",
        verbose_name=_("incident"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
    )
    task_id = models.CharField(_("task id"), max_length=100, blank=True)
    # History outlives the webhook, so its name and format are kept here.
    webhook = models.ForeignKey(
        Webhook,
        verbose_name=_("webhook"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
    )
    webhook_name = models.CharField(_("webhook"), max_length=200, blank=True)
    format = models.CharField(_("format"), max_length=50)
    payload = models.JSONField(_("payload"))
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.PENDING
    )
    attempts_made = models.PositiveIntegerField(_("attempts"), default=0)
    parts_sent = models.PositiveIntegerField(
        _("parts sent"),
        default=0,
        help_text=_("Messages of a split text that have arrived."),
    )
    replayed = models.BooleanField(
        _("replayed"), default=False, help_text=_("A person asked for it again.")
    )
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    collected_until = models.DateTimeField(
        _("collected until"),
        null=True,
        help_text=_("It waits for its digest: not sent by itself."),
    )
    digest = models.ForeignKey(
        "self",
        verbose_name=_("digest"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="members",
        help_text=_("The digest that tells of it, and whose end is its end."),
    )
    lease_token = models.UUIDField(_("lease token"), null=True, blank=True)
    lease_expires_at = models.DateTimeField(_("lease ends"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    rung_at = models.DateTimeField(_("rung"), default=timezone.now)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-created_at", "-id"]
        permissions = [("replay_delivery", "Can replay and cancel deliveries")]
        indexes = [
            # Used by maintenance: what is due and was not claimed.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="pending", collected_until__isnull=True),
                name="delivery_due",
            ),
            # Used by the digests: whose time of collecting is over.
            models.Index(
                fields=["collected_until"],
                condition=Q(
                    status="pending", collected_until__isnull=False, digest__isnull=True
                ),
                name="delivery_collected",
            ),
            # Used by maintenance: leases that ended.
            models.Index(
                fields=["lease_expires_at"],
                condition=Q(status="sending"),
                name="delivery_leased",
            ),
            # Used by the list of webhooks: how the last delivery of each went.
            models.Index(fields=["webhook", "-created_at"], name="delivery_of_webhook"),
            # Used by the lists of one status, and by today's counts.
            models.Index(
                fields=["status", "-created_at", "-id"], name="delivery_of_status"
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
        SCHEDULED = "scheduled", _("Scheduled")
        MANUAL = "manual", _("Manual")

    delivery = models.ForeignKey(
        Delivery,
        verbose_name=_("delivery"),
        on_delete=models.CASCADE,
        related_name="attempts",
    )
    number = models.PositiveIntegerField(_("number"))
    part = models.PositiveIntegerField(
        _("part"), default=1, help_text=_("Which message of a split text, from 1.")
    )
    trigger = models.CharField(
        _("trigger"), max_length=20, choices=Trigger.choices, default=Trigger.SCHEDULED
    )
    started_at = models.DateTimeField(_("started"))
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)
    request_body = models.TextField(_("request body"), blank=True)
    status_code = models.PositiveSmallIntegerField(
        _("status code"), null=True, blank=True
    )
    response = models.TextField(_("response"), blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
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

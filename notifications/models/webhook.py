"""A place that results are reported to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.destinations import destination_of
from notifications.encryption import EncryptedJSONField, EncryptedTextField, mask_url
from notifications.models.rule import Rule


class Webhook(Rule):
    """URL, format, headers, and the rule which results it wants (CONTRACTS A0).

    A row without a child is one of the address book: many tasks may use it.
    """

    #: What people say about a webhook; the rest is Backbeat's own.
    EDITABLE = (
        "name", "url", "format", "headers", "body_template", "chat_id", "options",
        "signing_secret", *Rule.RULE_FIELDS, "active",
    )  # fmt: skip
    #: What nobody may read: of these, forms and the API say only whether they are there.
    SECRETS = ("url", "headers", "signing_secret")
    #: What a lost key leaves unreadable: deferred wherever it is not needed.
    ENCRYPTED = (*SECRETS, "previous_secret")

    #: The URL is the one that was judged when it was written; set by who checks a change.
    keeps_url = False

    name = models.CharField(_("name"), max_length=200, blank=True)
    url = EncryptedTextField(
        _("URL"), blank=True, help_text=_("https://… of the receiver.")
    )
    format = models.CharField(_("format"), max_length=50, default="raw")
    headers = EncryptedJSONField(_("headers"), default=dict, blank=True)
    body_template = models.JSONField(_("body template"), null=True, blank=True)
    chat_id = models.CharField(_("chat id"), max_length=100, blank=True)
    options = models.JSONField(
        _("options"),
        default=dict,
        blank=True,
        help_text=_("Of the format, as JSON: max_messages, for one."),
    )
    signing_secret = EncryptedTextField(
        _("signing secret"),
        blank=True,
        help_text=_("whsec_… that the receiver checks signatures with."),
    )
    # After a rotation both sign until then, so that the receiver can follow in its own time.
    previous_secret = EncryptedTextField(
        _("previous secret"), blank=True, editable=False
    )
    previous_secret_until = models.DateTimeField(
        _("previous secret signs until"), null=True, blank=True, editable=False
    )
    for_alerts = models.BooleanField(
        _("for alerts"),
        default=False,
        help_text=_(
            "Incidents of the whole installation, and of tasks without an alert channel of their own, are told here."
        ),
    )
    active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.CharField(
        _("switched off because"),
        max_length=300,
        blank=True,
        help_text=_("Why Backbeat switched it off."),
    )
    failing_since = models.DateTimeField(
        _("failing since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When nothing more arrived there; empty: the last one did."),
    )
    destination = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Which webhooks lead to the same place: a fingerprint of the URL."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _(
            "address book"
        )  # those of tasks have a page of their own
        ordering = ["id"]
        permissions = [("test_webhook", "Can send test messages")]
        indexes = [
            # Used by the sender: which deliveries a place that asks to wait puts off.
            models.Index(fields=["destination"], name="webhook_destination"),
            # Used whenever an incident opens or ends.
            models.Index(
                fields=["id"], condition=Q(for_alerts=True), name="webhook_for_alerts"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(notify_on__in=["always", "success", "failure", "change"]),
                name="webhook_notify_on_known",
            ),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="webhook_quiet_hours_have_two_ends",
            ),
        ]

    def __str__(self) -> str:
        # Not by its URL: a name must be there although the key is lost.
        from notifications.labels import webhook_label  # noqa: PLC0415 -- imports models' peers

        return webhook_label(self.name, self.format)

    @property
    def masked_url(self) -> str:
        """Scheme and host; the path and the query may be secrets (a Telegram token)."""
        return mask_url(self.url) if self.url else ""

    def save(self, **kwargs: Any) -> None:
        """Write it, with the fingerprint of where it leads."""
        if "url" not in self.get_deferred_fields():
            destination = destination_of(self.url)
            if self.destination and self.destination != destination:
                self.failing_since = None  # the new place has not failed yet
            self.destination = destination
            if kwargs.get("update_fields") and "url" in kwargs["update_fields"]:
                kwargs["update_fields"] = {
                    *kwargs["update_fields"],
                    "destination",
                    "failing_since",
                }
        super().save(**kwargs)

    def clean(self) -> None:
        """Raise `ValidationError` naming each field that its format cannot work with."""
        if self.active and self.disabled_reason:
            # A person has switched it on again: its time counts from now.
            self.disabled_reason, self.failing_since = "", timezone.now()
        from notifications.validation import webhook_errors  # noqa: PLC0415 -- imports models' peers

        if errors := webhook_errors(self):
            raise ValidationError(errors)

"""Which results a webhook wants, and when it wants to hear of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:  # the column may be null, which is not seen through `**`
    _Seconds = models.PositiveIntegerField[int | None, int | None]


class Rule(models.Model):
    """The rule of a webhook: what deserves a message (`notifications.rules`), and what is
    collected for a digest (`notifications.digests`).
    """

    class NotifyOn(models.TextChoices):
        ALWAYS = "always", _("Success and failure")
        SUCCESS = "success", _("Success only")
        FAILURE = "failure", _("Failure only")
        CHANGE = "change", _("When the output has changed")

    RULE_FIELDS = (
        "notify_on", "first_of_streak", "changed_fields", "condition", "obeys_silence",
        "quiet_from", "quiet_until", "digest_seconds", "digest_at", "timezone",
    )  # fmt: skip

    notify_on = models.CharField(
        _("tell about"),
        max_length=20,
        choices=NotifyOn.choices,
        default=NotifyOn.ALWAYS,
    )
    first_of_streak = models.BooleanField(
        _("only the first of a streak"),
        default=False,
        help_text=_(
            "After a failure, further failures are not told; nor are successes after a success."
        ),
    )
    changed_fields = models.JSONField(
        _("compare these fields"),
        default=list,
        blank=True,
        help_text=_(
            "Fields of the typed output that count as a change, as paths such as signal.score; "
            "none: the whole output."
        ),
    )
    condition = models.TextField(
        _("only if"),
        blank=True,
        help_text=_(
            "A JMESPath expression over the typed output, such as score > `0.7`; failures are told anyway."
        ),
    )
    obeys_silence = models.BooleanField(
        _("the agent may be silent"),
        default=True,
        help_text=_(
            "An output that is just [SILENT] or NO_REPLY is not sent. Failures are."
        ),
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(
        _("quiet until"),
        null=True,
        blank=True,
        help_text=_("What comes up in quiet hours is told afterwards, in one message."),
    )
    digest_seconds: _Seconds = models.PositiveIntegerField(
        _("collect for (seconds)"),
        null=True,
        blank=True,
        help_text=_("Results of this time, of all its tasks, go out as one message."),
    )
    digest_at = models.TimeField(
        _("once a day at"),
        null=True,
        blank=True,
        help_text=_("All results of a day go out at this time, as one message."),
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=63,
        blank=True,
        help_text=_("Of these times; empty: the installation's."),
    )

    class Meta:
        abstract = True

    def rule(self) -> dict[str, Any]:
        """The rule's columns by name."""
        return {name: getattr(self, name) for name in self.RULE_FIELDS}

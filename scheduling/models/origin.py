"""Where a run comes from, beyond its trigger."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Origin(models.Model):
    """The event that a run follows, or the session that it answers in."""

    event = models.JSONField(
        _("event"),
        null=True,
        help_text=_("The event that triggered it, as it stood on the bus."),
    )
    hops = models.PositiveSmallIntegerField(
        _("hops"),
        default=0,
        help_text=_("How many runs triggered each other by events before it."),
    )
    session_id = models.UUIDField(
        _("session"), null=True, help_text=_("The chat session that it answers in.")
    )

    class Meta:
        abstract = True

    @property
    def is_reply(self) -> bool:
        """Whether it answers in a chat session: it is no report, and does not count as one."""
        return self.session_id is not None

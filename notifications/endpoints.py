"""Receivers that are dead: a webhook is switched off when nothing will arrive there any more.

`Webhook.failing_since` is the memory: set at the first failed try, taken away by whatever arrives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from notifications import incidents
from notifications.models import Delivery, Incident, Webhook

logger = logging.getLogger(__name__)


class Responsible(NamedTuple):
    """Who is to hear of trouble with a webhook, beside the installation's alert channels."""

    task_id: str = ""
    #: Where it is told instead of there.
    channels: Sequence[Webhook] | None = None
    #: Whose inbox says it when there is no channel at all.
    user_id: str = ""


def _nobody(webhook: Webhook, task_id: str) -> Responsible:
    del webhook
    return Responsible(task_id=task_id)


_responsible: list[Callable[[Webhook, str], Responsible]] = [_nobody]


def ask_who_is_responsible(find: Callable[[Webhook, str], Responsible]) -> None:
    """From now on `find` says who is, of a webhook and the task it was to be told of ("": none).

    For the app that knows tasks; this one does not.
    """
    _responsible[0] = find


def note_arrival(webhook: Webhook) -> None:
    """Something arrived. Writes only when nothing had before."""
    if webhook.failing_since is None:
        return
    failing = Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=False)
    if failing.update(failing_since=None):
        say_it_is_over(webhook)


def note_failure(webhook: Webhook, now: datetime, why: str, *, is_hiccup: bool) -> bool:
    """A try failed. True: it was one too many, and the webhook was switched off.

    `is_hiccup`: the delivery's first try, and another one follows. That alone is no proof,
    however long ago the last failure of a seldom used webhook was.
    """
    if webhook.failing_since is None:
        Webhook.objects.filter(pk=webhook.pk, failing_since__isnull=True).update(
            failing_since=now
        )
        return False
    hours = settings.NOTIFICATIONS.disable_after_hours
    if not hours or is_hiccup or now - webhook.failing_since < timedelta(hours=hours):
        return False
    since = f"{webhook.failing_since:%Y-%m-%d %H:%M} UTC"
    return switch_off(webhook, now, f"Nothing has arrived since {since}: {why}")


def note_untold(delivery: Delivery, webhook: Webhook, now: datetime, why: str) -> None:
    """Bad news did not arrive: open an incident, so that somebody else hears of it.

    It is over when something arrives at `webhook` again. What tells of no failure opens none.
    """
    metadata = delivery.payload.get("metadata") or {}
    if metadata.get("status") != "failed":
        return
    name = {"name": str(webhook), "title": delivery.payload.get("task_name", "")}
    who = _responsible[0](webhook, delivery.task_id)
    seen = incidents.Sighting(
        kind=Incident.Kind.UNTOLD,
        key=key_of(webhook),
        title=_("Webhook %(name)s was not told: %(title)s") % name,
        note=why,
        run_id=delivery.run_id,
        webhook=webhook,
        **who._asdict(),
    )
    incidents.see([seen], now)


def switch_off(webhook: Webhook, now: datetime, why: str) -> bool:
    """Ask a dead endpoint no more until a person switches it on. False: it was off already."""
    with transaction.atomic():
        switched = Webhook.objects.filter(pk=webhook.pk, active=True).update(
            active=False,
            disabled_reason=why[:300],
            failing_since=webhook.failing_since or now,
        )
        if switched:
            name = {"name": str(webhook)}
            seen = incidents.Sighting(
                kind=Incident.Kind.DEAD_ENDPOINT,
                key=key_of(webhook),
                title=_("Webhook %(name)s was switched off") % name,
                note=why,
                webhook=webhook,
                **_responsible[0](webhook, "")._asdict(),
            )
            incidents.see([seen], now)
    if switched:
        logger.warning("webhook %s was switched off: %s", webhook.pk, why)
    return bool(switched)


def say_it_is_over(webhook: Webhook, by: incidents.Person = None) -> None:
    """End the incidents about what did not arrive there, if there are any."""
    about = Incident.objects.filter(kind__in=incidents.OF_WEBHOOKS, key=key_of(webhook))
    incidents.resolve_all(about, by=by)


def key_of(webhook: Webhook) -> str:
    """What an incident about this webhook is about."""
    return f"webhook:{webhook.pk}"

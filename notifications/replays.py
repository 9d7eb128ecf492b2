"""Delivering again: one, a filtered set, or what a webhook missed while it was switched off."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications import endpoints, lifecycle, selectors
from notifications.doorbell import ring
from notifications.exceptions import Conflict
from notifications.models import Delivery, Webhook

logger = logging.getLogger(__name__)
Person = AbstractBaseUser | AnonymousUser | None

MAX_REPLAYED = 50_000
"""Most deliveries that are replayed at once."""
_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class SwitchedOn:
    """What came of `switch_on`; true when it changed anything."""

    switched: bool
    replayed: int = 0

    def __bool__(self) -> bool:
        return self.switched


def replay(delivery: Delivery, *, user: Person) -> Delivery:
    """Deliver a final delivery again, under its old id.

    Raises `Conflict` while it is open, and when its webhook was deleted or is switched off.
    """
    active = Webhook.objects.filter(deliveries=delivery).values_list("active")
    if (True,) not in active:
        if active:
            raise Conflict(
                _(
                    "This delivery cannot be replayed: its webhook is switched off: switch it on first."
                )
            )
        raise Conflict(_("This delivery cannot be replayed: its webhook was deleted."))
    with transaction.atomic():
        if not lifecycle.reopen(delivery):
            raise Conflict(
                _("This delivery is still under way; replay it when it has ended.")
            )
        transaction.on_commit(partial(ring, [delivery.id]))
    logger.info("delivery %s replayed by %s", delivery.id, user)
    delivery.refresh_from_db()
    return delivery


def replayable(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those of `rows` that `replay_all` would deliver again.

    They have ended, their webhook is on, and no digest stands for them: that is replayed itself.
    """
    return rows.filter(
        status__in=Delivery.FINAL, webhook__active=True, digest__isnull=True
    )


def replay_all(rows: QuerySet[Delivery], *, user: Person) -> int:
    """Deliver those of `rows` again that can be, the oldest first. Returns how many.

    They become due at a rate (`NOTIFICATIONS_REPLAY_PER_SECOND`), so that receivers and today's
    results do not suffer. Raises `ValidationError` for more than `MAX_REPLAYED`.
    """
    oldest = replayable(rows).order_by("created_at", "id").values_list("id", flat=True)
    ids = list(oldest[: MAX_REPLAYED + 1])
    if len(ids) > MAX_REPLAYED:
        raise ValidationError(
            _("More than %(most)d at once: narrow it down, by a time for one.")
            % {"most": MAX_REPLAYED}
        )
    pause = timedelta(seconds=seconds_to_replay(_BATCH))
    replayed, now = 0, timezone.now()
    for place, start in enumerate(range(0, len(ids), _BATCH)):
        batch = Delivery.objects.filter(id__in=ids[start : start + _BATCH])
        replayed += lifecycle.reopen_all(
            batch, now + place * pause, rung_at=None if place else now
        )
    # For the others the reconciler rings in their time.
    transaction.on_commit(partial(ring, ids[:_BATCH]))
    logger.info("%d deliveries replayed by %s", replayed, user)
    return replayed


def seconds_to_replay(count: int) -> float:
    """How long after the first of `count` deliveries the last one becomes due."""
    return count / settings.NOTIFICATIONS.replay_per_second


def missed_count(webhook: Webhook) -> int:
    """How many deliveries `switch_on(webhook, replay=True)` would send again."""
    return selectors.missed_by(webhook).count()


def mark_arrived(delivery: Delivery, *, user: Person) -> Delivery:
    """Say of a delivery in doubt that it has arrived: somebody has looked there.

    Raises `Conflict` unless it is unknown.
    """
    if not lifecycle.mark_arrived(delivery):
        raise Conflict(_("Only an unknown delivery can be marked as arrived."))
    logger.info("delivery %s marked as arrived by %s", delivery.id, user)
    delivery.refresh_from_db()
    return delivery


def switch_on(webhook: Webhook, *, user: Person, replay: bool = False) -> SwitchedOn:
    """Use a webhook again that Backbeat or a person switched off, and end its incident.

    `replay`: deliver again what it has missed (`selectors.missed_by`), in one update; its lane
    keeps that from flooding the receiver.
    """
    with transaction.atomic():
        row = Webhook.objects.only("failing_since").filter(pk=webhook.pk).first()
        switched = Webhook.objects.filter(pk=webhook.pk, active=False).update(
            active=True, disabled_reason="", failing_since=None
        )
        if not (switched and row):
            return SwitchedOn(switched=False)
        endpoints.say_it_is_over(webhook, user)
        missed = selectors.missed_by(row)
        replayed = lifecycle.reopen_all(missed, timezone.now()) if replay else 0
    logger.info("webhook %s switched on by %s, %d replayed", webhook.pk, user, replayed)
    return SwitchedOn(switched=True, replayed=replayed)

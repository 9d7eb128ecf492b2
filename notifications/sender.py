"""The delivery engine: claim -> format -> post -> record the attempt -> decide what is next.

Which delivery a thread takes on is up to the lanes (`notifications.lanes`), what becomes of it
after a try to `notifications.aftermath`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from notifications import closures, endpoints, lifecycle
from notifications.aftermath import heed, hint_of, settle_failure
from notifications.carriers import CARRIERS, WRITERS, Try, arrived
from notifications.carriers.base import storable, text_of
from notifications.destinations import key_of_host
from notifications.errands import errands_of
from notifications.formatters import get_formatter
from notifications.formatters.base import (
    Formatter,
    FormatterError,
    NotificationPayload,
)
from notifications.lanes import Errand, Lanes
from notifications.models import Delivery, Webhook
from notifications.transport import Answer
from notifications.validation import config_of

__all__ = ["deliver", "hint_of", "lanes", "render"]

logger = logging.getLogger(__name__)
Status = Delivery.Status


@cache
def lanes() -> Lanes:
    """This process's lanes, which all its threads share."""
    conf = settings.NOTIFICATIONS
    return Lanes(per_host=conf.per_host, in_all=conf.at_once)


def deliver(delivery_ids: Collection[uuid.UUID]) -> int:
    """Send those of `delivery_ids` that are due. Returns how many this call took on.

    It goes on as long as anything waits that may go, whoever was rung for it: so a receiver that
    hangs holds up nothing but its own lane. What must wait is taken by the thread that makes
    room for it.
    """
    lanes().add(errands_of(lifecycle.due(delivery_ids)))
    taken = 0
    while errand := lanes().take():
        slow: bool | None = None
        try:
            if delivery := _claim(errand):
                taken += 1
                slow = _carry(delivery)
        finally:
            lanes().leave(errand, slow=slow)
    return taken


def _claim(errand: Errand) -> Delivery | None:
    places: list[str] = []
    if errand.destination:
        places = [errand.destination, key_of_host(errand.host)]
    delivery = lifecycle.claim(errand.id, places=places)
    if delivery is None and places and lifecycle.due([errand.id]).exists():
        # It is due still, so its place is closed, and what waits for that is not put off yet.
        until = closures.closed_until(places, timezone.now())
        if until is not None:
            closures.put_off(errand.destination, until)
    return delivery


def _carry(delivery: Delivery) -> bool | None:
    """Send one delivery. True: its receiver let the time pass; None: it was not asked."""
    try:
        return _send(delivery)
    except (OperationalError, InterfaceError):
        # The database is away, which is no fault of this delivery; it may even have
        # arrived. Its lease ends, and maintenance takes it from there.
        raise
    except Exception as error:
        # One delivery that cannot be made (a wrong key, a guest's formatter) must not
        # hold up the others; its row says why.
        logger.exception("delivery %s", delivery.id)
        words = storable(f"{type(error).__name__}: {error}")
        # Without its secrets: they may be what cannot be read.
        readable = Webhook.objects.defer(*Webhook.ENCRYPTED)
        if webhook := readable.filter(deliveries=delivery).first():
            _fail(delivery, webhook, words)
        else:
            lifecycle.settle(delivery, Status.FAILED, error=words)
        return None


def _send(delivery: Delivery) -> bool | None:
    # Not `delivery.webhook`: the row may have gone since the claim.
    webhook = Webhook.objects.filter(deliveries=delivery).first()
    if webhook is None or not webhook.active:
        gone = "Its webhook was deleted."
        why = lifecycle.SWITCHED_OFF if webhook else gone
        lifecycle.settle(delivery, Status.CANCELLED, error=why)
        return None
    try:
        formatter = get_formatter(delivery.format)
        if write := WRITERS.get(formatter.carrier):
            write(delivery, webhook)
            return None
        messages = render(formatter, delivery.payload, webhook)
    except FormatterError as error:
        _fail(delivery, webhook, storable(str(error)))
        return None
    if delivery.parts_sent >= len(messages):
        # The webhook's settings make fewer messages of it now, and those had arrived.
        lifecycle.settle(delivery, Status.DELIVERED)
        return None
    slow: bool | None = None
    for part in range(delivery.parts_sent + 1, len(messages) + 1):
        tried = _try(delivery, webhook, formatter, messages[part - 1], part)
        if tried is None:
            return slow
        slow = _is_slow(tried)
        if not _settle(delivery, webhook, formatter, tried, parts=len(messages)):
            return slow
    return slow


def _fail(delivery: Delivery, webhook: Webhook, why: str) -> None:
    """There is nothing to send: no message can be made of it for its webhook."""
    now = timezone.now()
    with transaction.atomic():
        if lifecycle.settle(delivery, Status.FAILED, error=why):
            endpoints.note_failure(webhook, now, why, is_hiccup=True)
            endpoints.note_untold(delivery, webhook, now, why)


def render(
    formatter: Formatter, payload: dict[str, Any], webhook: Webhook
) -> list[dict[str, Any]]:
    """Return the bodies that `webhook` gets for `payload`, in order. Raises `FormatterError`."""
    return formatter.messages(NotificationPayload(**payload), config_of(webhook))


def _try(
    delivery: Delivery,
    webhook: Webhook,
    formatter: Formatter,
    message: dict[str, Any],
    part: int,
) -> Try | None:
    """Send one message, as plain text when its markup is refused. None: it is ours no more."""
    post = CARRIERS[formatter.carrier]
    tried = post(delivery, webhook, message, part)
    if not (tried.answer and not _is_ok(tried.answer) and formatter.fallback):
        return tried
    plain = formatter.fallback(
        NotificationPayload(**delivery.payload),
        config_of(webhook),
        message,
        tried.answer.status,
        text_of(tried.answer),
    )
    if plain is None:
        return tried
    if not lifecycle.progress(delivery, tried.attempt, arrived=False):
        return None
    return post(delivery, webhook, plain, part)


def _settle(
    delivery: Delivery,
    webhook: Webhook,
    formatter: Formatter,
    tried: Try,
    *,
    parts: int,
) -> bool:
    """Record what came of a try. True: it arrived, and the next part may follow."""
    if not arrived(tried):
        settle_failure(delivery, webhook, formatter, tried)
        return False
    endpoints.note_arrival(webhook)
    until = heed(webhook, tried)
    if tried.attempt.part == parts:
        lifecycle.settle(delivery, Status.DELIVERED, attempt=tried.attempt)
        return False
    if not lifecycle.progress(delivery, tried.attempt, arrived=True):
        return False
    if until is None and not lanes().closed:
        return True
    _go_on_later(delivery, until or timezone.now())
    return False


def _go_on_later(delivery: Delivery, at: datetime) -> None:
    """The rest of a long text: the receiver wants a pause, or this process is to end."""
    lifecycle.settle(delivery, Status.PENDING, next_attempt_at=at, is_try=False)


def _is_slow(tried: Try) -> bool:
    patience = settings.NOTIFICATIONS.connect_seconds * 1000
    return tried.error is not None and tried.attempt.duration_ms >= patience


def _is_ok(answer: Answer) -> bool:
    return 200 <= answer.status < 300

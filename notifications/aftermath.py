"""What becomes of a delivery, and of the place it leads to, after one try."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from notifications import backoff, closures, endpoints, lifecycle, rates
from notifications.carriers import Try, reason_of
from notifications.carriers.base import storable, text_of
from notifications.destinations import host_of, key_of_host
from notifications.formatters.base import ErrorHint, Formatter
from notifications.models import Attempt, Delivery, Webhook

Status = Delivery.Status


def heed(
    webhook: Webhook, tried: Try, *, asked: float | None = None
) -> datetime | None:
    """Close the place if the answer asks for it; returns until when. None: it stays open.

    `asked` is the wait that the receiver's own error format names, in seconds.
    """
    if tried.answer is None:
        return None
    now, headers = timezone.now(), dict(tried.answer.headers)
    closing = rates.closing_of(
        tried.answer.status, headers, now, asked=asked, body=text_of(tried.answer)
    )
    if closing is None:
        return None
    until = now + timedelta(seconds=closing.spread(random.random))
    host = host_of(webhook.url)
    why = f"It answered {tried.answer.status} and asked to wait."
    closures.close(webhook.destination, until, host=host, reason=why)
    # Of Discord's alone: elsewhere who answers need not be who owns the host.
    if closing.whole_host and webhook.format == "discord":
        closures.close(key_of_host(host), until, host=host, reason=why)
    return until


def settle_failure(
    delivery: Delivery, webhook: Webhook, formatter: Formatter, tried: Try
) -> None:
    """Decide whether there is another try, and whether the webhook has any future."""
    hint, now = hint_of(formatter, tried), timezone.now()
    attempt = tried.attempt
    attempt.error = attempt.error or hint.reason
    error = hint.reason or reason_of(tried)
    status = attempt.status_code
    in_doubt = status is None and tried.error is not None and tried.error.sent
    if in_doubt and not formatter.deduplicates:
        words = f"It may have arrived: {reason_of(tried)}"
        if lifecycle.settle(delivery, Status.UNKNOWN, attempt=attempt, error=words):
            endpoints.note_failure(webhook, now, error, is_hiccup=False)
        return
    until = heed(webhook, tried, asked=hint.retry_after)
    if until is not None and not hint.dead:
        _put_off(delivery, webhook, attempt, until, error)
        return
    number = delivery.attempts_made + 1
    decision = backoff.decide(
        status,
        attempt=number,
        jitter=random.random,
        retry_after=hint.retry_after,
        permanent=hint.permanent or bool(tried.error and tried.error.permanent),
        dead=hint.dead,
    )
    if decision.wait is None or number >= settings.NOTIFICATIONS.max_attempts:
        is_dead = decision.verdict is backoff.Verdict.DEAD
        _give_up(delivery, webhook, attempt, error, is_dead=is_dead)
        return
    if lifecycle.settle(
        delivery,
        Status.PENDING,
        attempt=attempt,
        error=error,
        next_attempt_at=now + timedelta(seconds=decision.wait),
    ):
        endpoints.note_failure(webhook, now, error, is_hiccup=number == 1)


def hint_of(formatter: Formatter, tried: Try) -> ErrorHint:
    """The receiver's own words, and its Retry-After header when those do not say."""
    if tried.answer is None:
        return ErrorHint()
    status, headers = tried.answer.status, dict(tried.answer.headers)
    hint = formatter.read_error(status, headers, text_of(tried.answer)) or ErrorHint()
    wait = hint.retry_after
    if wait is None:
        wait = backoff.retry_after_seconds(headers.get("retry-after"), timezone.now())
    return replace(hint, retry_after=wait, reason=storable(hint.reason))


def _put_off(
    delivery: Delivery,
    webhook: Webhook,
    attempt: Attempt,
    until: datetime,
    error: str,
) -> None:
    """Wait as long as the receiver asks, and a day in all."""
    now = timezone.now()
    before = list(
        delivery.attempts.filter(
            status_code__in=rates.THROTTLED,
            trigger=attempt.trigger,
            part=attempt.part,
            # The longest wait further than a day: the first of them must still be seen.
            started_at__gte=now
            - timedelta(seconds=backoff.MAX_THROTTLED + 2 * backoff.MAX_RETRY_AFTER),
        )
        .order_by("started_at")
        .values_list("started_at", flat=True)
    )
    wait = backoff.throttled_delay(
        (until - now).total_seconds(),
        before=len(before),
        waiting=(now - before[0]).total_seconds() if before else 0.0,
    )
    if wait is None:
        _give_up(delivery, webhook, attempt, error)
        return
    lifecycle.settle(
        delivery,
        Status.PENDING,
        attempt=attempt,
        error=error,
        next_attempt_at=now + timedelta(seconds=wait),
        is_try=False,
    )


def _give_up(
    delivery: Delivery,
    webhook: Webhook,
    attempt: Attempt,
    error: str,
    *,
    is_dead: bool = False,
) -> None:
    now = timezone.now()
    with transaction.atomic():
        if not lifecycle.settle(delivery, Status.FAILED, attempt=attempt, error=error):
            return
        if is_dead:
            endpoints.switch_off(webhook, now, error)
        elif not endpoints.note_failure(webhook, now, error, is_hiccup=False):
            endpoints.note_untold(delivery, webhook, now, error)

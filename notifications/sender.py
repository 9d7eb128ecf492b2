"""The delivery engine: claim -> format -> post -> record the attempt -> decide what is next."""

from __future__ import annotations

import json
import logging
import random
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from notifications import backoff, lifecycle
from notifications.doorbell import ring
from notifications.envelope import headers_of, secrets_of, without
from notifications.formatters import get_formatter
from notifications.formatters.base import (
    ErrorHint,
    Formatter,
    FormatterError,
    NotificationPayload,
)
from notifications.models import Attempt, Delivery, Webhook
from notifications.transport import Answer, Transport, TransportError
from notifications.validation import config_of
from signals.payload import each_signal
from signals.sanitise import cap_text, clean_text
from signals.services import ingest

logger = logging.getLogger(__name__)
Status = Delivery.Status
_PATIENCE_SECONDS = 10.0


def deliver(delivery_ids: Collection[uuid.UUID]) -> int:
    """Send those of `delivery_ids` that are due. Returns how many this call took on.

    After `_PATIENCE_SECONDS` it rings for the rest and ends, so that slow receivers do not
    keep a thread from everybody else's deliveries.
    """
    taken, end = 0, time.monotonic() + _PATIENCE_SECONDS
    due = list(lifecycle.due(delivery_ids))
    for place, delivery_id in enumerate(due):
        if time.monotonic() > end:
            ring(due[place:])
            break
        delivery = lifecycle.claim(delivery_id)
        if delivery is None:
            continue
        taken += 1
        try:
            _send(delivery)
        except (OperationalError, InterfaceError):
            # The database is away, which is no fault of this delivery; it may even have
            # arrived. Its lease ends, and maintenance takes it from there.
            raise
        except Exception as error:
            # One delivery that cannot be made (a wrong key, a guest's formatter) must not
            # hold up the others; its row says why.
            logger.exception("delivery %s", delivery.id)
            words = _storable(f"{type(error).__name__}: {error}")
            lifecycle.settle(delivery, Status.FAILED, error=words)
    return taken


@cache
def transport() -> Transport:
    """This process's connections to the outside."""
    conf = settings.NOTIFICATIONS
    return Transport(
        allowed_origins=frozenset(conf.allowed_origins + conf.internal_origins),
        connect_timeout=conf.connect_seconds,
        total_timeout=conf.total_seconds,
        max_answer_bytes=conf.max_answer_bytes,
        user_agent=conf.user_agent,
    )


def _send(delivery: Delivery) -> None:
    # Not `delivery.webhook`: the row may have gone since the claim.
    webhook = Webhook.objects.filter(deliveries=delivery).first()
    if webhook is None or not webhook.active:
        gone = "was deleted" if webhook is None else "is switched off"
        lifecycle.settle(delivery, Status.CANCELLED, error=f"Its webhook {gone}.")
        return
    try:
        formatter = get_formatter(delivery.format)
        if not formatter.needs_url:
            _store(delivery)
            return
        messages = render(formatter, delivery.payload, webhook)
    except FormatterError as error:
        lifecycle.settle(delivery, Status.FAILED, error=_storable(str(error)))
        return
    for part, message in enumerate(messages, start=1):
        if part > delivery.parts_sent and not _send_part(
            delivery, webhook, formatter, message, part, len(messages)
        ):
            return
    if delivery.parts_sent >= len(messages):
        # The webhook's settings make fewer messages of it now, and those had arrived.
        lifecycle.settle(delivery, Status.DELIVERED)


def render(
    formatter: Formatter, payload: dict[str, Any], webhook: Webhook
) -> list[dict[str, Any]]:
    """Return the bodies that `webhook` gets for `payload`, in order. Raises `FormatterError`."""
    return formatter.messages(NotificationPayload(**payload), config_of(webhook))


def _store(delivery: Delivery) -> None:
    """Write its signal outputs; in one transaction with the mark, so exactly once."""
    with transaction.atomic():
        if not lifecycle.settle(delivery, Status.DELIVERED):
            return
        for number, payload in enumerate(each_signal(delivery.payload)):
            key = f"delivery:{delivery.id}" + (f":{number}" if number else "")
            ingest(payload, idempotency_key=key)


@dataclass(frozen=True, kw_only=True)
class Try:
    """One POST and what came of it."""

    attempt: Attempt
    answer: Answer | None = None
    error: TransportError | None = None


def _send_part(
    delivery: Delivery,
    webhook: Webhook,
    formatter: Formatter,
    message: dict[str, Any],
    part: int,
    parts: int,
) -> bool:
    """Send one message. True: it arrived and the next one may follow."""
    tried = post(delivery, webhook, message, part)
    if tried.answer and not _is_ok(tried.answer) and formatter.fallback:
        plain = formatter.fallback(
            NotificationPayload(**delivery.payload),
            config_of(webhook),
            message,
            tried.answer.status,
            _text(tried.answer),
        )
        if plain is not None:
            if not lifecycle.progress(delivery, tried.attempt, arrived=False):
                return False
            tried = post(delivery, webhook, plain, part)
    if arrived(tried):
        if part < parts:
            return lifecycle.progress(delivery, tried.attempt, arrived=True)
        lifecycle.settle(delivery, Status.DELIVERED, attempt=tried.attempt)
        return False
    _settle_failure(delivery, webhook, formatter, tried)
    return False


def _settle_failure(
    delivery: Delivery, webhook: Webhook, formatter: Formatter, tried: Try
) -> None:
    hint, now = hint_of(formatter, tried), timezone.now()
    tried.attempt.error = tried.attempt.error or hint.reason
    status = tried.attempt.status_code
    in_doubt = status is None and tried.error is not None and tried.error.sent
    if in_doubt and not formatter.deduplicates:
        lifecycle.settle(
            delivery,
            Status.UNKNOWN,
            attempt=tried.attempt,
            error=f"It may have arrived: {reason_of(tried)}",
        )
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
    error = hint.reason or reason_of(tried)
    if decision.wait is not None and number < settings.NOTIFICATIONS.max_attempts:
        lifecycle.settle(
            delivery,
            Status.PENDING,
            attempt=tried.attempt,
            error=error,
            next_attempt_at=now + timedelta(seconds=decision.wait),
        )
        return
    settled = lifecycle.settle(
        delivery, Status.FAILED, attempt=tried.attempt, error=error
    )
    if settled and decision.verdict is backoff.Verdict.DEAD:
        _switch_off(webhook, error)


def _switch_off(webhook: Webhook, why: str) -> None:
    """A dead endpoint is not asked again until a person switches it on."""
    if Webhook.objects.filter(id=webhook.id, active=True).update(
        active=False, disabled_reason=why[:300]
    ):
        logger.warning("webhook %s is dead and was switched off: %s", webhook.id, why)


def hint_of(formatter: Formatter, tried: Try) -> ErrorHint:
    """The receiver's own words, and its Retry-After header when those do not say."""
    if tried.answer is None:
        return ErrorHint()
    status, headers = tried.answer.status, dict(tried.answer.headers)
    hint = formatter.read_error(status, headers, _text(tried.answer)) or ErrorHint()
    wait = hint.retry_after
    if wait is None:
        wait = backoff.retry_after_seconds(headers.get("retry-after"), timezone.now())
    return replace(hint, retry_after=wait, reason=_storable(hint.reason))


def post(
    delivery: Delivery,
    webhook: Webhook,
    message: Any,
    part: int,
    *,
    total_timeout: float | None = None,
) -> Try:
    """Post one message and say what came of it; writes nothing, secrets in the answer are masked.

    `total_timeout` (seconds) takes the place of the setting.
    """
    body = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    started, clock = timezone.now(), time.monotonic()
    headers = headers_of(delivery, webhook, part)
    answer, error = None, None
    try:
        answer = transport().request(
            "POST",
            webhook.url,
            headers=headers,
            body=body,
            total_timeout=total_timeout,
        )
    except TransportError as caught:
        error = caught
    if answer is not None:
        # A receiver may echo what it got, and what it says is kept and shown.
        kept = without(secrets_of(headers, webhook.url), answer.body)
        answer = replace(answer, body=kept)
    attempt = _attempt(delivery, part, body, answer, error)
    attempt.started_at = started
    attempt.duration_ms = round((time.monotonic() - clock) * 1000)
    return Try(attempt=attempt, answer=answer, error=error)


def _attempt(
    delivery: Delivery,
    part: int,
    body: bytes,
    answer: Answer | None,
    error: TransportError | None,
) -> Attempt:
    status = answer.status if answer else None
    if error is not None:
        status = error.status
    return Attempt(
        delivery_id=delivery.id,
        number=delivery.attempts_made + 1,
        part=part,
        trigger=(
            Attempt.Trigger.MANUAL if delivery.replayed else Attempt.Trigger.SCHEDULED
        ),
        request_body=_storable(body.decode()),
        status_code=status,
        response=_storable(_text(answer)) if answer else "",
        error=_storable(error.reason) if error else "",
    )


def arrived(tried: Try) -> bool:
    """A receiver that said 2xx has it, even when its answer's body was lost on the way."""
    status = tried.attempt.status_code
    return status is not None and 200 <= status < 300


def _is_ok(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8", "replace")


def _storable(text: str) -> str:
    """Receivers choose what they answer: NUL and megabytes included."""
    keep = settings.NOTIFICATIONS.kept_answer_chars
    return cap_text(clean_text(text), keep)[0]


def reason_of(tried: Try) -> str:
    """Why it did not arrive, when the receiver's own words do not say."""
    if tried.error is not None:
        return tried.error.reason
    return f"The receiver answered {tried.attempt.status_code}."

"""A POST of the message as JSON, by the guarded transport."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from notifications.carriers.base import Try, attempt_of, text_of
from notifications.envelope import headers_of, secrets_of, without
from notifications.models import Delivery, Webhook
from notifications.transport import Transport, TransportError


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
    headers = headers_of(delivery, webhook, part, body, now=started)
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
        kept = without(secrets_of(headers, webhook), answer.body)
        answer = replace(answer, body=kept)
    status = answer.status if answer else None
    attempt = attempt_of(
        delivery,
        part,
        started_at=started,
        duration_ms=round((time.monotonic() - clock) * 1000),
        request_body=body.decode(),
        status_code=error.status if error else status,
        response=text_of(answer) if answer else "",
        error=error.reason if error else "",
    )
    return Try(attempt=attempt, answer=answer, error=error)

"""A message that the Apprise library sends, to any service that it knows."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from django.conf import settings
from django.utils import timezone

from notifications.carriers.base import Try, attempt_of
from notifications.models import Delivery, Webhook
from notifications.reach import apprise_problem
from notifications.transport import TransportError

DONE = 200
_SECRET = re.compile(r"\w{5,}")
"""Of the URL, every piece that is so long: tokens, names and hosts alike."""


class NotSendable(TransportError):
    """Apprise is off, or does not know the URL."""

    permanent = True


def notify(
    delivery: Delivery,
    webhook: Webhook,
    message: Any,
    part: int,
    *,
    total_timeout: float | None = None,
) -> Try:
    """Let Apprise send one message. It says yes (200), no (try again) or nothing in time (doubt).

    `total_timeout` in seconds.
    """
    started, clock = timezone.now(), time.monotonic()
    error = None
    try:
        _notify(
            webhook.url, message, total_timeout or settings.NOTIFICATIONS.total_seconds
        )
    except TransportError as caught:
        error = caught
    attempt = attempt_of(
        delivery,
        part,
        started_at=started,
        duration_ms=round((time.monotonic() - clock) * 1000),
        request_body=json.dumps(message, ensure_ascii=False),
        status_code=None if error else DONE,
        error=error.reason if error else "",
    )
    return Try(attempt=attempt, error=error)


def _notify(url: str, message: Any, seconds: float) -> None:
    """Raise `TransportError` unless Apprise says that it was taken."""
    if problem := apprise_problem(url):
        raise NotSendable(problem, sent=False)
    import apprise  # noqa: PLC0415 -- an extra

    asset = apprise.AppriseAsset(app_id="Backbeat", storage_mode="memory")
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:  # it was there a moment ago
        raise NotSendable("Apprise knows no service for this URL.", sent=False)
    if "overflow" not in url.lower():
        service.overflow_mode = apprise.OverflowMode.SPLIT
    sender = apprise.Apprise(service, asset=asset)
    result = sender.notify(
        message["body"],
        title=message["title"],
        notify_type=message["type"],
        body_format=apprise.NotifyFormat.MARKDOWN,
        timeout=seconds,
    )
    if result:
        return
    said = " ".join(entry.message for entry in result.logs())
    late = result.status == apprise.AppriseResultStatus.TIMEOUT
    words = f"no answer within {seconds:g} s" if late else _masked(said, url)
    raise TransportError(
        f"Apprise could not deliver it: {words}".rstrip(" :"), sent=late
    )


def _masked(text: str, url: str) -> str:
    for secret in sorted(
        set(_SECRET.findall(url.partition("://")[2])), key=len, reverse=True
    ):
        text = text.replace(secret, "***")
    return text

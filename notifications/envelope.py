"""What travels with a message: its headers. And which of that must not be kept or shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from notifications.models import Delivery, Webhook
from notifications.signing import signature_headers
from notifications.ssrf import origin_of

INGEST_PATH = "/v2/signal-outputs/ingest"
_OPEN_HEADERS = {
    "content-type", "webhook-id", "webhook-timestamp", "webhook-signature",
}  # fmt: skip
_SHORTEST_SECRET = 6
_SHORTEST_TOKEN = 16
"""A shorter piece of a path may be any word."""
_MASK = b"***"


def headers_of(
    delivery: Delivery, webhook: Webhook, part: int, body: bytes, *, now: datetime
) -> dict[str, str]:
    """The webhook's own headers, the stable id, signatures, and the internal key where it belongs.

    Whatever is posted to a webhook with a signing secret is signed, its `body` as it is sent
    at `now`. The key goes to the signal ingest of an own origin alone: nobody's webhook may act as its
    holder anywhere else (CONTRACTS A0, Seed 000).
    """
    webhook_id = str(delivery.id) if part == 1 else f"{delivery.id}.{part}"
    headers = {
        "Content-Type": "application/json",
        **webhook.headers,
        "Webhook-Id": webhook_id,
    }
    if secrets := signing_secrets(webhook, now):
        headers |= signature_headers(webhook_id, body, secrets, now=now)
    conf = settings.NOTIFICATIONS
    own = {origin_of(origin) for origin in conf.internal_origins}
    if (
        conf.internal_api_keys
        and origin_of(webhook.url) in own
        and urlsplit(webhook.url).path.rstrip("/") == INGEST_PATH
    ):
        headers["X-Api-Key"] = conf.internal_api_keys[0]
    return headers


def signing_secrets(webhook: Webhook, now: datetime) -> list[str]:
    """The secrets that sign at `now`: the webhook's, and for a while the one before it."""
    if not webhook.signing_secret:
        return []
    until = webhook.previous_secret_until
    previous = [webhook.previous_secret] if until and now < until else []
    return [webhook.signing_secret, *filter(None, previous)]


def secrets_of(headers: Mapping[str, str], webhook: Webhook) -> list[bytes]:
    """What a receiver could echo and nobody may read.

    Values of `headers`, the URL's path and query, whole and in pieces, and the signing secrets.
    """
    parts = urlsplit(webhook.url)
    closed = [
        value for name, value in headers.items() if name.lower() not in _OPEN_HEADERS
    ]
    values = [
        *closed,
        # "Bearer abc": the token without its scheme, too
        *(value.rpartition(" ")[2] for value in closed),
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        parts.query,
        *(value for _, value in parse_qsl(parts.query)),
        *(piece for piece in parts.path.split("/") if len(piece) >= _SHORTEST_TOKEN),
        webhook.signing_secret,
        webhook.previous_secret,
    ]
    found = {value for value in values if len(value) >= _SHORTEST_SECRET}
    return [value.encode() for value in sorted(found, key=len, reverse=True)]


def without(secrets: Collection[bytes], text: bytes) -> bytes:
    """`text` with every secret in it masked."""
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text

"""What travels with a message: its headers. And which of that must not be kept or shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from django.conf import settings

from notifications.models import Delivery, Webhook
from notifications.ssrf import origin_of

INGEST_PATH = "/v2/signal-outputs/ingest"
_OPEN_HEADERS = {"content-type", "webhook-id"}
_SHORTEST_SECRET = 6
_MASK = b"***"


def headers_of(delivery: Delivery, webhook: Webhook, part: int) -> dict[str, str]:
    """The webhook's own headers, the stable id, and the internal key where it belongs.

    The key goes to the signal ingest of an own origin alone: nobody's webhook may act as its
    holder anywhere else (CONTRACTS A0, Seed 000).
    """
    webhook_id = str(delivery.id) if part == 1 else f"{delivery.id}.{part}"
    headers = {
        "Content-Type": "application/json",
        **webhook.headers,
        "Webhook-Id": webhook_id,
    }
    conf = settings.NOTIFICATIONS
    own = {origin_of(origin) for origin in conf.internal_origins}
    if (
        conf.internal_api_keys
        and origin_of(webhook.url) in own
        and urlsplit(webhook.url).path.rstrip("/") == INGEST_PATH
    ):
        headers["X-Api-Key"] = conf.internal_api_keys[0]
    return headers


def secrets_of(headers: Mapping[str, str], url: str) -> list[bytes]:
    """What a receiver could echo and nobody may read: header values, the URL's path and query."""
    parts = urlsplit(url)
    values = [
        *(
            value
            for name, value in headers.items()
            if name.lower() not in _OPEN_HEADERS
        ),
        # "Bearer abc": the token without its scheme, too
        *(value.rpartition(" ")[2] for value in headers.values()),
        f"{parts.path}?{parts.query}" if parts.query else parts.path,
        parts.query,
    ]
    opened = {headers.get("Content-Type", ""), headers.get("Webhook-Id", "")}
    found = {value for value in values if len(value) >= _SHORTEST_SECRET} - opened
    return [value.encode() for value in sorted(found, key=len, reverse=True)]


def without(secrets: Collection[bytes], text: bytes) -> bytes:
    """`text` with every secret in it masked."""
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return text

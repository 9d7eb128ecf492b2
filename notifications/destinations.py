"""Which webhooks lead to the same place. Pure.

The chats limit how often a place is written to, not how often a webhook is used: ten tasks that
tell one Discord channel share its limit.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit


def destination_of(url: str) -> str:
    """A fingerprint of the place that `url` leads to, 64 characters; "" for no URL.

    The whole address counts, its query too, but neither a fragment nor the case of the host.
    Nothing of a token in it can be read from the fingerprint.
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        place = parts._replace(netloc=parts.netloc.lower(), fragment="").geturl()
    except ValueError:
        place = url
    return hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()


def host_of(url: str) -> str:
    """The host that `url` leads to, with its port if it names one; "" for what has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def key_of_host(host: str) -> str:
    """The key of a whole host, where places have their fingerprints; "" for no host."""
    return hashlib.sha256(f"host {host}".encode()).hexdigest() if host else ""

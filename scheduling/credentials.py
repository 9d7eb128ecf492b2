"""PURE: where an agent's credentials go, so that stored ones never go anywhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from pages.sentence import Sentence

_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Return scheme, host and port of `url` (RFC 6454); the text itself when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else url


def destination(backend: str, options: object) -> str:
    """Return who gets an agent's credentials: an origin, or else the provider's name."""
    known = options if isinstance(options, Mapping) else {}
    for name in ("url", "base_url"):
        if isinstance(address := known.get(name), str) and address:
            return origin(address)
    return f"{backend} {known.get('provider', '')}".strip()


def carried_elsewhere(
    old: tuple[str, Any], new: tuple[str, Any], kept: Collection[str]
) -> str:
    """Return what to say when `kept` credentials would follow to another destination, or "".

    `old` and `new` are backend and options.
    """
    before, after = destination(*old), destination(*new)
    if before == after or not kept:
        return ""
    return Sentence(
        "The agent would talk to another host now (%(after)s instead of %(before)s), and "
        "%(names)s was given for the old one: give it again.",
        after=after,
        before=before,
        names=", ".join(sorted(kept)),
    )

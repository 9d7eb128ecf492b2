"""PURE: where an agent's credentials go, so that stored ones never go anywhere else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from pages.sentence import Sentence

_FALLBACK_KEY = re.compile(r"fallback_([1-9])_api_key")
_SERVER_TOKEN = re.compile(r"mcp_([a-z][a-z0-9_]*)_token")
_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Return scheme, host and port of `url` (RFC 6454); the text itself when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else url


def destination(backend: str, options: object, name: str = "") -> str:
    """Return who gets an agent's credential `name`: an origin, or else the provider's name.

    The keys of fallbacks and the tokens of MCP servers go to these, all others to the agent's
    own address.
    """
    known = options if isinstance(options, Mapping) else {}
    if found := _FALLBACK_KEY.fullmatch(name):
        known = _one_of(known.get("fallbacks"), int(found[1]) - 1)
    elif found := _SERVER_TOKEN.fullmatch(name):
        backend, known = "MCP server", _called(known.get("mcp_servers"), found[1])
    for place in ("url", "base_url"):
        if isinstance(address := known.get(place), str) and address:
            return origin(address)
    who = known.get("provider") or known.get("command") or ""
    return f"{backend} {who if isinstance(who, str) else ''}".strip()


def _one_of(listed: object, place: int) -> Mapping[str, Any]:
    """What stands in a list that somebody typed, if it is there."""
    if isinstance(listed, list) and place < len(listed):
        one = listed[place]
        return one if isinstance(one, Mapping) else {}
    return {}


def _called(listed: object, name: str) -> Mapping[str, Any]:
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, Mapping) and one.get("name") == name:
            return one
    return {}


def carried_elsewhere(
    old: tuple[str, Any], new: tuple[str, Any], kept: Collection[str]
) -> str:
    """Return what to say when `kept` credentials would follow to another destination, or "".

    `old` and `new` are backend and options.
    """
    for name in sorted(kept):
        before, after = destination(*old, name), destination(*new, name)
        if before != after:
            return Sentence(
                "The agent would talk to another host now (%(after)s instead of "
                "%(before)s), and %(names)s was given for the old one: give it again.",
                after=after,
                before=before,
                names=", ".join(
                    each for each in sorted(kept) if destination(*old, each) == before
                ),
            )
    return ""

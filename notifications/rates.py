"""What a receiver's answer says about its rate limit. Pure.

Vendors name the same thing in different headers, and often before anything was refused:
Discord's `X-RateLimit-*` (documented under "Rate Limits"), `RateLimit` and `RateLimit-*` of the
IETF draft (draft-ietf-httpapi-ratelimit-headers, in its older and its newer spelling), and
`Retry-After` (RFC 9110, 10.2.3). Whoever stops before the refusal keeps everybody's messages
in order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from notifications.backoff import MAX_RETRY_AFTER, retry_after_seconds
from notifications.formatters.answers import json_object

THROTTLED = frozenset({429, 503})
"""Statuses that may name a wait (RFC 6585, 4; RFC 9110, 15.6.4)."""
_EPOCH = 1_000_000_000
"""A "reset" beyond this is a moment in seconds since 1970, not a wait."""
_SPREAD, _MOST_SPREAD = 0.1, 5.0
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining", "x-rate-limit-remaining")
_RESET = (
    "x-ratelimit-reset-after",
    "ratelimit-reset",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
)
_PARAMETER = re.compile(r"\b(remaining|reset|r|t)\s*=\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Closing:
    """A place wants nothing more for this long."""

    seconds: float
    whole_host: bool = False
    """It counts for every place of that host (Discord's global limit)."""

    def spread(self, jitter: Callable[[], float]) -> float:
        """A little longer, so that those who wait do not all come back at one moment."""
        return self.seconds + min(self.seconds * _SPREAD, _MOST_SPREAD) * jitter()


def closing_of(
    status: int,
    headers: Mapping[str, str],
    now: datetime,
    *,
    asked: float | None = None,
    body: str = "",
) -> Closing | None:
    """For how long the receiver wants nothing more; None: it does not say.

    Header names are lower-case, `now` is aware. `asked` is the wait that it names in its own
    error format, in seconds. Waits are between 0 and `backoff.MAX_RETRY_AFTER`.
    """
    if status in THROTTLED:
        wait = asked
        if wait is None:
            wait = retry_after_seconds(headers.get("retry-after"), now)
        if wait is None:
            wait = _reset(headers, now)
        if wait is None:
            return None
        return Closing(seconds=_capped(wait), whole_host=_is_global(headers, body))
    if not 200 <= status < 300:
        return None
    wait = retry_after_seconds(headers.get("retry-after"), now)
    if wait is None and _remaining(headers) == 0:
        wait = _reset(headers, now)
    return Closing(seconds=_capped(wait)) if wait else None


def _is_global(headers: Mapping[str, str], body: str) -> bool:
    """Discord says so in a header, in another one, or in the body."""
    return (
        headers.get("x-ratelimit-global", "").strip().lower() == "true"
        or headers.get("x-ratelimit-scope", "").strip().lower() == "global"
        or (json_object(body) or {}).get("global") is True
    )


def _remaining(headers: Mapping[str, str]) -> float | None:
    named = _first(headers, _REMAINING)
    return named if named is not None else _of_list(headers, "remaining", "r")


def _reset(headers: Mapping[str, str], now: datetime) -> float | None:
    wait = _first(headers, _RESET)
    if wait is None:
        wait = _of_list(headers, "reset", "t")
    if wait is not None and wait > _EPOCH:
        wait = max(wait - now.timestamp(), 0.0)
    return wait


def _first(headers: Mapping[str, str], names: tuple[str, ...]) -> float | None:
    found = (_number(headers[name]) for name in names if name in headers)
    return next((each for each in found if each is not None), None)


def _of_list(headers: Mapping[str, str], *names: str) -> float | None:
    """A parameter of `RateLimit`: `limit=9, remaining=0, reset=5`, or `"a";r=0;t=5`."""
    given = headers.get("ratelimit", "")[:200]
    found = {name: float(value) for name, value in _PARAMETER.findall(given)}
    return next((found[name] for name in names if name in found), None)


def _number(text: str) -> float | None:
    """Only the first of several: `10, 10;w=1` is what some gateways send."""
    try:
        number = float(re.split("[,;]", text[:40])[0])
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _capped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)

"""PURE: lengths of time as Go writes them (`1h30m`), which S3's jobs have."""

from __future__ import annotations

import re
from fractions import Fraction

NANOSECONDS = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": NANOSECONDS,
    "m": 60 * NANOSECONDS,
    "h": 3600 * NANOSECONDS,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_MAX_CHARS = 100


def parse_duration(text: object) -> int:
    """Return a duration in nanoseconds; a bare number is one already.

    Raises `ValueError` in the words of Go.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if not isinstance(text, str) or not text or len(text) > _MAX_CHARS:
        raise ValueError(f'time: invalid duration "{str(text)[:_MAX_CHARS]}"')
    sign = -1 if text[0] == "-" else 1
    rest = text[1:] if text[0] in "+-" else text
    if rest == "0":
        return 0
    parts = list(_PART.finditer(rest))
    if not parts or "".join(part[0] for part in parts) != rest:
        if re.fullmatch(r"[\d.]+", rest, re.ASCII):
            raise ValueError(f'time: missing unit in duration "{text}"')
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * int(
        sum(Fraction(part[1].rstrip(".")) * _UNITS[part[2]] for part in parts)
    )


def format_duration(seconds: int) -> str:
    """Write whole seconds as Go does: `1h30m0s`."""
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if hour:
        return f"{hour}h{minute}m{second}s"
    return f"{minute}m{second}s" if minute else f"{second}s"

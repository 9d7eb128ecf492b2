"""What receivers answer: JSON that may be anything."""

from __future__ import annotations

import json
from typing import Any


def json_object(body: str) -> dict[str, Any] | None:
    """The JSON object that a receiver answered; None when it answered anything else."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):  # a hostile answer may be 60 kB of brackets
        return None
    return answer if isinstance(answer, dict) else None


def seconds(value: object) -> float | None:
    """A wait out of a receiver's JSON, in seconds; None when it is no sensible number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value < 1e9 else None

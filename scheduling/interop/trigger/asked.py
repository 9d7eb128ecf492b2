"""What a trigger asks for, in its body and its query. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from notifications.bus_message import MOST_BYTES
from signals.sanitise import MAX_DEPTH, clean_json

MOST_BODY_BYTES = 256 * 1024
_CONTROLS = ("user_id", "async_execution")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class BadBody(ValueError):
    """The body is no JSON object that is taken here."""


class BadValue(ValueError):
    """A value is not one of those there may be; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`payload` is what the run gets as its event; `seconds` how long to wait for its result."""

    payload: Mapping[str, Any] = field(default_factory=dict)
    user_id: str = ""
    wait: bool = False
    seconds: float = 0.0


def read_asked(body: bytes, query: Mapping[str, str], most_seconds: float) -> Asked:
    """Return what is asked for; `async` of the query outranks the body's `async_execution`.

    Raises `BadBody` and `BadValue`.
    """
    found = _object(body) if body.strip() else {}
    user_id, in_background = found.get("user_id"), found.get("async_execution")
    if in_background is not None and not isinstance(in_background, bool):
        raise BadValue("async_execution: give true or false")
    if user_id is not None and (isinstance(user_id, bool) or not isinstance(user_id, (str, int))):  # fmt: skip
        raise BadValue("user_id: give a text or a whole number")
    if (word := query.get("async")) is not None:
        in_background = _yes_or_no(word)
    return Asked(
        payload=_payload(found),
        user_id="" if user_id is None else str(user_id),
        wait=in_background is False,
        seconds=_seconds(query.get("timeout"), most_seconds),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode(), parse_constant=_refuse)
    except RecursionError:
        raise BadBody("The body is nested too deeply") from None
    except ValueError as error:  # no UTF-8, no JSON, an integer of thousands of digits
        raise BadBody(f"The body is not JSON: {error}"[:300]) from None
    if not isinstance(found, dict):
        raise BadBody("The body must be a JSON object")
    _check_depth(found)
    return found


def _refuse(constant: str) -> NoReturn:
    raise BadBody(f"The body holds {constant}, which is not JSON")


def _check_depth(found: object) -> None:
    """Level by level, so that no nesting can exhaust the stack."""
    level: list[object] = [found]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise BadBody(f"The body is nested too deeply: {MAX_DEPTH} levels are taken")


def _payload(found: dict[str, Any]) -> dict[str, Any]:
    """The `inputs` where they are an object, else all that is no control."""
    inputs = found.get("inputs")
    if not isinstance(inputs, dict):
        inputs = {key: found[key] for key in found if key not in _CONTROLS}
    payload = clean_json(inputs)
    size = len(json.dumps(payload, ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise BadValue(f"inputs: {size} bytes; a run takes {MOST_BYTES}")
    return payload if isinstance(payload, dict) else {}


def _yes_or_no(word: str) -> bool:
    if word.lower() in _YES:
        return True
    if word.lower() in _NO:
        return False
    raise BadValue(f"async: {word[:50]!r} is neither true nor false")


def _seconds(word: str | None, most: float) -> float:
    """At most what the settings say, so that nobody is refused for asking for more."""
    if word is None:
        return most
    try:
        seconds = float(word)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise BadValue(f"timeout: {word[:50]!r} is no number of seconds above 0")
    return min(seconds, most)

"""What an ingested payload says, as the columns of a signal output. Pure.

The keys are those of CONTRACTS A0: the seven of the raw notification, and the signal's own. Those
stand at the top level, in `content` when that is an object (the typed output of an agent), or in
`metadata`; where several have one, the first of these places wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any

from signals.sanitise import clean_json, clean_text

#: Text columns and their most characters.
TEXTS = {
    "task_id": 100, "task_name": 200, "run_id": 64, "user_id": 100, "output_type": 50,
    "ticker": 50, "event_type": 100, "source": 100,
}  # fmt: skip
#: JSON columns that may stand in `metadata`.
RESULTS = ("layer1_result", "layer2_result", "layer3_result", "signal_factors")
#: Keys that are lifted from `content` and `metadata` when the top level does not have them.
LIFTED = ("ticker", "event_type", "event_date", "source", *RESULTS)
MAX_SIGNALS = 1000
"""Most signals in one output; a longer list is one signal."""
KNOWN = frozenset({*TEXTS, *LIFTED, "content", "metadata", "status"})

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class PayloadError(ValueError):
    """`errors` says by key what is wrong."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = dict(errors)


def read_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sanitised columns of the signal output that `payload` describes.

    Raises `PayloadError` naming every key that is unknown, of the wrong kind or too long.
    """
    errors = {
        str(key): f"Unknown field. Known are: {', '.join(sorted(KNOWN))}."
        for key in payload
        if key not in KNOWN
    }
    metadata = payload.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, Mapping):
        raise PayloadError(errors | {"metadata": "Must be a JSON object."})
    given = _given(payload, metadata)
    columns: dict[str, Any] = {"metadata": clean_json(metadata)}
    for key in ("content", *RESULTS):
        columns[key] = clean_json(given.get(key))
    for key, read in _READERS.items():
        try:
            columns[key] = read(given.get(key))
        except ValueError as error:
            errors[key] = str(error)
    if not errors and not _says_something(columns):
        errors["content"] = "An empty signal: give content, a ticker or an event type."
    if errors:
        raise PayloadError(errors)
    return columns


def _given(payload: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What stands at the top level, with what is lifted from the content and the metadata."""
    own = {key: value for key, value in payload.items() if value is not None}
    found = {key: metadata[key] for key in LIFTED if metadata.get(key) is not None}
    typed = {k: v for k, v in _typed(own.get("content")).items() if k not in own}
    content = _unwrapped(own.get("content"), typed)
    return {**found, **typed, **own, "content": content}


def each_signal(payload: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a payload for each signal in `payload`, whose content may be a list of them.

    A list, alone or under the one key `signals`, is several when each of its items is an object
    with a ticker or an event type. What is none of that is one signal as it stands.
    """
    content = payload.get("content")
    items = content
    if isinstance(content, Mapping) and set(content) == {"signals"}:
        items = content["signals"]
    if not isinstance(items, list) or not 0 < len(items) <= MAX_SIGNALS or not all(map(_is_signal, items)):  # fmt: skip
        yield dict(payload)
        return
    for item in items:
        yield {**payload, "content": item}


def _is_signal(item: Any) -> bool:
    return isinstance(item, Mapping) and not {"ticker", "event_type"}.isdisjoint(
        _typed(item)
    )


def _typed(content: Any) -> dict[str, Any]:
    """The signal's own keys in `content`, those whose values fit.

    What does not fit is no fault: it may be called so by chance, and stays in the content.
    """
    if not isinstance(content, Mapping):
        return {}
    return {
        key: content[key]
        for key in LIFTED
        if content.get(key) is not None and _fits(key, content[key])
    }


def _fits(key: str, value: Any) -> bool:
    try:
        _READERS.get(key, clean_json)(value)
    except ValueError:
        return False
    return True


def _unwrapped(content: Any, lifted: Mapping[str, Any]) -> Any:
    """The inner `content` of an object that holds nothing else than what was lifted from it."""
    if isinstance(content, Mapping) and set(content) == {"content", *lifted} and lifted:
        return content["content"]
    return content


def _text(value: Any, most: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise _wrong(value, "is not a text.")
    text = clean_text(str(value)).strip()
    if len(text) > most:
        raise ValueError(f"{len(text)} characters are too many: at most {most}.")
    return text


def _day(value: Any) -> date | None:
    if value is None or value == "":
        return None
    # Stricter than fromisoformat(), which also reads 20261121 and 2026-W47-6.
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise _wrong(value, "is no date: write YYYY-MM-DD, as in 2026-11-21.")


def _status(value: Any) -> str:
    if value not in (None, "new"):
        raise _wrong(value, "is not possible: a signal begins as 'new'.")
    return "new"


def _wrong(value: Any, why: str) -> ValueError:
    return ValueError(f"{clean_text(repr(value)):.80} {why}")


_READERS: dict[str, Callable[[Any], Any]] = {
    **{key: partial(_text, most=most) for key, most in TEXTS.items()},
    "event_date": _day,
    "status": _status,
}


def _says_something(columns: Mapping[str, Any]) -> bool:
    keys = ("content", "metadata", "ticker", "event_type", *RESULTS)
    return any(columns[key] not in (None, "", {}, []) for key in keys)

"""The one gate that text and JSON pass before they are stored. Pure.

PostgreSQL takes no NUL in text, and no `\\u0000`, lone surrogate or NaN in jsonb; SQLite
takes them and a later reader fails. What a model wrote can hold all of these, and so can
the message of an error, which must be storable above all.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from typing import TypeAlias

JSON: TypeAlias = (
    "str | int | float | bool | list[JSON] | dict[str, JSON] | None"  # recursive
)

MAX_DEPTH = 64
"""Deeper values are replaced by a mark. The json modules of receivers give up near 1 000."""
MAX_NODES = 1_000_000
"""Values of one document. Shared references can unfold exponentially; this bounds them."""
MAX_INT_BITS = 1_024
"""As far as a double reaches. Python itself refuses to print integers of 4 300 digits."""

TOO_DEEP = "(too deep)"
TOO_LARGE = "(too large)"
CIRCULAR = "(circular)"


def clean_text(text: str) -> str:
    """`text` without NUL, with U+FFFD for each lone surrogate; pairs become their character."""
    text = text.replace("\x00", "")
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_json(value: object) -> JSON:
    """`value` as something that every database and every JSON parser takes; never raises.

    NaN and infinities become None, tuples and sets lists, dates ISO text, enums their value,
    and whatever else is no JSON its `str()`. Keys become cleaned text. What is deeper than
    `MAX_DEPTH`, circular, or beyond `MAX_NODES` values is replaced by a mark that says so.
    """
    return _Cleaner().clean(value, 0)


def cap_text(text: str, max_chars: int) -> tuple[str, bool]:
    """`text` in at most `max_chars` characters, and whether it had to be cut.

    A cut text ends with a mark that says how much there was, so that no reader takes the
    rest for the whole. Combining sequences are not torn. Raises `ValueError` for a limit
    below 1.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars: {max_chars} is not possible; give 1 or more")
    if len(text) <= max_chars:
        return text, False
    mark = f"\n\n[… cut here: the whole text has {len(text)} characters]"
    if len(mark) > max_chars // 2:
        mark = "…"
    end = max_chars - len(mark)
    # Bounded: a text may consist of nothing but combining marks.
    for candidate in range(end, max(end - 64, 0), -1):
        if not _joins(text[candidate - 1], text[candidate]):
            end = candidate
            break
    return text[:end] + mark, True


def _joins(before: str, after: str) -> bool:
    return (
        before == "\u200d"
        or after == "\u200d"
        or unicodedata.category(after) in {"Mn", "Me", "Mc"}
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
    )


@dataclass
class _Cleaner:
    nodes: int = 0
    path: set[int] = field(default_factory=set)

    def clean(self, value: object, depth: int) -> JSON:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            return TOO_LARGE
        if isinstance(value, Enum):
            value = value.value
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (Mapping, list, tuple, set, frozenset)):
            return self._container(value, depth)
        return _scalar(value)

    def _container(
        self, value: Mapping[object, object] | Iterable[object], depth: int
    ) -> JSON:
        if depth >= MAX_DEPTH:
            return TOO_DEEP
        if id(value) in self.path:
            return CIRCULAR
        self.path.add(id(value))
        try:
            if isinstance(value, Mapping):
                return self._mapping(value, depth)
            return self._items(value, depth)
        finally:
            self.path.discard(id(value))

    def _mapping(self, value: Mapping[object, object], depth: int) -> JSON:
        cleaned: dict[str, JSON] = {}
        for key, item in value.items():
            if self.nodes > MAX_NODES:
                break
            cleaned[_key(key)] = self.clean(item, depth + 1)
        return cleaned

    def _items(self, value: Iterable[object], depth: int) -> JSON:
        cleaned: list[JSON] = []
        for item in value:
            if self.nodes > MAX_NODES:
                break
            cleaned.append(self.clean(item, depth + 1))
        return cleaned


def _key(key: object) -> str:
    if isinstance(key, Enum):
        key = key.value
    # str() of a str subclass may be overridden; its characters may not.
    return clean_text(str.__str__(key)) if isinstance(key, str) else _as_text(key)


def _scalar(value: object) -> JSON:
    if isinstance(value, str):
        return clean_text(str.__str__(value))
    if isinstance(value, int):
        number = int(value)
        return number if number.bit_length() <= MAX_INT_BITS else hex(number)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return clean_text(value.decode("utf-8", "replace"))
    return _as_text(value)


def _as_text(value: object) -> str:
    try:
        return clean_text(str(value))
    except Exception:  # noqa: BLE001 -- a guest's __str__ may raise anything, and an error must stay storable
        return f"({type(value).__name__})"

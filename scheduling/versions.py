"""PURE: what differs between two states of a thing, as names and as lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any, Literal

_CONTEXT = 3
_MOST_LINES = 1000
"""More than these between the first and the last change are not matched with each other."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text that was changed; `gap` stands for lines that are left out."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that differs. `before` and `after` are JSON, secrets masked.

    `lines` is there for texts. `is_secret_changed`: what the masks hide differs.
    """

    field: str
    label: str
    before: Any = None
    after: Any = None
    lines: Sequence[Line] = ()
    is_secret_changed: bool = False


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names in both that differ, in the order of `after`.

    A name that only one of them has is a field that came or went with an upgrade, and nobody's
    change.
    """
    return [
        name
        for name, value in after.items()
        if name in before and before[name] != value
    ]


def line_diff(before: str, after: str) -> list[Line]:
    """The changed lines of a text with three lines around each; empty when nothing differs.

    Bounded: where both texts differ over more than a thousand lines, all of the one stand
    before all of the other.
    """
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    first = max(0, head - _CONTEXT)
    lines = [Line("gap")] if first else []
    lines += [Line("same", text) for text in old[first:head]]
    lines += _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    lines += [Line("same", text) for text in old[len(old) - tail :][:_CONTEXT]]
    return [*lines, Line("gap")] if tail > _CONTEXT else lines


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return sum(1 for _pair in same)


def _middle(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    if max(len(old), len(new)) > _MOST_LINES:
        return _replaced(old, new)
    lines: list[Line] = []
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT):
        lines += [Line("gap")] if lines else []
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                lines += [Line("same", text) for text in old[i1:i2]]
            else:
                lines += _replaced(old[i1:i2], new[j1:j2])
    return lines


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    removed = [Line("removed", text) for text in old]
    return removed + [Line("added", text) for text in new]

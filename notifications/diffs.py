"""What changed from one output to the next, readable. Pure.

The cost is linear in what is compared, whatever it is: lines that both sides have once are its fixed
points, as in a patience diff; only small gaps between them are compared line by line.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from signals.sanitise import JSON

MAX_CHARS = 200_000
"""More of a text than this is not compared."""
MAX_LINES = 4_000
"""Nor more lines, after those that both texts begin and end with."""
SHOWN_LINES = 120
SHOWN_CHARS = 6_000
_LINE_CHARS = 300
_VALUE_CHARS = 200
_MAX_FIELDS = 2_000
_CONTEXT = 2
_CELLS = 100_000
"""Comparisons of one line with another that gaps may cost, all together: some 10 ms."""
_GONE = object()


class _Budget:
    """What is left of `_CELLS`, for all texts of one diff."""

    left = _CELLS

    def take(self, cells: int) -> bool:
        """Whether that many are left; then they are taken."""
        if cells > self.left:
            return False
        self.left -= cells
        return True


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The lines of a diff, each with its mark (`+ `, `- `, two blanks, `@@ `)."""

    lines: Sequence[str]
    more: int = 0
    """Lines that are not shown."""

    @property
    def text(self) -> str:
        """The lines as text; what is not shown is counted at the end."""
        more = [f"… and {self.more} more lines"] if self.more else []
        return "\n".join([*self.lines, *more])

    @property
    def markdown(self) -> str:
        """The lines in a fence that nothing in them can end; "" when nothing changed."""
        if not self.lines:
            return ""
        ticks = max((len(run) for run in re.findall("`+", self.text)), default=0)
        fence = "`" * max(3, ticks + 1)
        return f"{fence}diff\n{self.text}\n{fence}"


def diff(before: JSON, after: JSON, fields: Sequence[str] = ()) -> Diff:
    """What changed from `before` to `after`: line by line of texts, field by field of typed outputs.

    `fields` are the names of what was chosen of two typed outputs, which are then lists of values.
    """
    if isinstance(before, str) and isinstance(after, str):
        return _shown(_line_diff(before, after, _Budget()))
    if fields and isinstance(before, list) and isinstance(after, list):
        before = dict(zip(fields, before, strict=False))
        after = dict(zip(fields, after, strict=False))
    return _shown(_field_diff(before, after))


def _shown(lines: Iterator[str]) -> Diff:
    shown: list[str] = []
    room = SHOWN_CHARS
    for line in lines:
        cut = line if len(line) <= _LINE_CHARS else line[: _LINE_CHARS - 1] + "…"
        room -= len(cut) + 1
        if room < 0 or len(shown) == SHOWN_LINES:
            return Diff(lines=shown, more=1 + sum(1 for _ in lines))
        shown.append(cut)
    return Diff(lines=shown)


def _line_diff(before: str, after: str, budget: _Budget) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    old_middle = old[head : min(len(old) - tail, head + MAX_LINES)]
    new_middle = new[head : min(len(new) - tail, head + MAX_LINES)]
    body = [
        *(("  ", line) for line in old[max(0, head - _CONTEXT) : head]),
        *_moves(old_middle, new_middle, budget),
        *(("  ", line) for line in new[len(new) - tail :][:_CONTEXT]),
    ]
    yield from _hunks(body, first=max(0, head - _CONTEXT))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text[:MAX_CHARS].strip().splitlines()]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return next(
        (place for place, (a, b) in enumerate(pairs) if a != b),
        min(len(one), len(other)),
    )


def _moves(
    old: Sequence[str], new: Sequence[str], budget: _Budget
) -> Iterator[tuple[str, str]]:
    """Every line of both with its mark, in order."""
    i = j = 0
    for old_at, new_at in [*_fixed_points(old, new), (len(old), len(new))]:
        one, other = old[i:old_at], new[j:new_at]
        if budget.take((len(one) + 1) * (len(other) + 1)):
            yield from _small_gap(one, other)
        else:
            yield from (("- ", line) for line in one)
            yield from (("+ ", line) for line in other)
        if old_at < len(old):
            yield "  ", old[old_at]
        i, j = old_at + 1, new_at + 1


def _fixed_points(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that each side has once, as many as stand in the same order on both sides."""
    in_old, in_new = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if in_new[line] == 1}
    pairs = [
        (at, place[line])
        for at, line in enumerate(old)
        if in_old[line] == 1 and line in place
    ]
    # The longest rising sequence of the places in `new`, by patience sorting.
    tops: list[int] = []
    top_pair: list[int] = []
    below: list[int] = []
    for index, (_, new_at) in enumerate(pairs):
        pile = bisect_left(tops, new_at)
        below.append(top_pair[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(new_at)
            top_pair.append(index)
        else:
            tops[pile], top_pair[pile] = new_at, index
    found: list[tuple[int, int]] = []
    index = top_pair[-1] if top_pair else -1
    while index >= 0:
        found.append(pairs[index])
        index = below[index]
    return found[::-1]


def _small_gap(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The longest common subsequence by its table; quadratic, for a few lines."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, next_row = table[i], table[i + 1]
        for j in range(len(new) - 1, -1, -1):
            row[j] = (
                next_row[j + 1] + 1
                if old[i] == new[j]
                else max(next_row[j], row[j + 1])
            )
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            yield "  ", old[i]
            i, j = i + 1, j + 1
        elif j == len(new) or (i < len(old) and table[i + 1][j] >= table[i][j + 1]):
            yield "- ", old[i]
            i += 1
        else:
            yield "+ ", new[j]
            j += 1


def _hunks(body: Sequence[tuple[str, str]], first: int) -> Iterator[str]:
    """The changed lines with some around them; a gap is marked with the line where it goes on."""
    changed = [at for at, (mark, _) in enumerate(body) if mark != "  "]
    near = {
        at
        for place in changed
        for at in range(max(0, place - _CONTEXT), place + _CONTEXT + 1)
        if at < len(body)
    }
    number, last = first, -1
    for at, (mark, line) in enumerate(body):
        number += mark != "- "
        if at not in near:
            continue
        if at != last + 1 or (last == -1 and number > 1):
            yield f"@@ line {max(1, number)} @@"
        yield f"{mark}{line}".rstrip() or "  "
        last = at


def _field_diff(before: JSON, after: JSON) -> Iterator[str]:
    old = dict(islice(_leaves(before, ""), _MAX_FIELDS))
    new = dict(islice(_leaves(after, ""), _MAX_FIELDS))
    budget = _Budget()
    for path in [*new, *(path for path in old if path not in new)]:
        was, now = old.get(path, _GONE), new.get(path, _GONE)
        if was is _GONE:
            yield f"+ {path}: {_value(now)}"
        elif now is _GONE:
            yield f"- {path}: {_value(was)}"
        elif was != now and _is_long(was) and _is_long(now):
            yield f"  {path}:"
            yield from _line_diff(str(was), str(now), budget)
        elif was != now:
            yield f"  {path}: {_value(was)} -> {_value(now)}"


def _leaves(tree: JSON, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, Mapping) and tree:
        for key, part in tree.items():
            yield from _leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, list) and tree:
        for place, part in enumerate(tree):
            yield from _leaves(part, f"{path}[{place}]")
    else:
        yield path or "output", tree


def _value(value: object) -> str:
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
    text = " ".join(text[: _VALUE_CHARS * 2].split())
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 1] + "…"


def _is_long(value: object) -> bool:
    return isinstance(value, str) and "\n" in value.strip()

"""Turns any JSON into what a reader can take in: rows, tables, lists, texts. PURE.

A node is `{"kind": …}` with what its kind needs; `templates/signals/value.html` shows it.
What is deeper than `MAX_DEPTH` or wider than the limits is shown as JSON, never left out.
"""

from __future__ import annotations

import json
from typing import Any

Node = dict[str, Any]

MAX_DEPTH = 4
MAX_COLUMNS = 10
MAX_ENTRIES = 100
"""Of one object or list."""
MAX_NODES = 2_000
"""Of one document; a page of more is nobody's help."""


def readable(value: Any) -> Node:
    """Return `value`, which is JSON, as a tree of nodes."""
    return _Reader().node(value, 0)


def as_json(value: Any) -> str:
    """`value` as people read JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def is_empty(value: Any) -> bool:
    """Whether there is nothing to read in `value`."""
    return value is None or value in ("", [], {})


class _Reader:
    def __init__(self) -> None:
        self.left = MAX_NODES

    def node(self, value: Any, depth: int) -> Node:
        self.left -= 1
        if is_empty(value):
            return {"kind": "nothing"}
        if isinstance(value, bool):
            return {"kind": "yes" if value else "no"}
        if not isinstance(value, dict | list):
            return {"kind": "text", "text": str(value)}
        if depth >= MAX_DEPTH or len(value) > MAX_ENTRIES or self.left < len(value):
            return {"kind": "json", "text": as_json(value)}
        if isinstance(value, dict):
            rows = [
                (label(key), self.node(each, depth + 1)) for key, each in value.items()
            ]
            return {"kind": "rows", "rows": rows}
        if columns := _columns(value):
            return self._table(value, columns, depth + 1)
        items = [self.node(each, depth + 1) for each in value]
        return {"kind": "items", "items_list": items}

    def _table(self, entries: list[Any], columns: list[str], depth: int) -> Node:
        rows = [
            [self.node(each.get(name), depth) for name in columns] for each in entries
        ]
        return {"kind": "table", "columns": [label(each) for each in columns], "rows": rows}  # fmt: skip


def label(key: str) -> str:
    """A key as people read it: `price_change` is "Price change"; others stay as they are."""
    if key.isascii() and key.isidentifier() and key.islower():
        words = key.replace("_", " ").strip()
        return words[:1].upper() + words[1:] or key
    return key


def _columns(entries: list[Any]) -> list[str]:
    """The keys of a list of flat enough objects, in order; none when it is no table."""
    if len(entries) < 2 or not all(isinstance(each, dict) for each in entries):
        return []
    columns = list(dict.fromkeys(key for each in entries for key in each))
    return columns if len(columns) <= MAX_COLUMNS else []

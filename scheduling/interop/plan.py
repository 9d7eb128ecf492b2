"""What loading files would do, as a value: shown to people first, and carried out by `applying`."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What becomes of a thing. `KEPT`: the file would change it, but somebody else has."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    KEPT = "kept"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to load. Without a `name` nothing of it can be pruned later."""

    name: str
    text: str
    #: Where it lies; a file of the same name elsewhere is another file.
    folder: str = ""
    #: What its tasks' agent is called where the format asks and the file does not say.
    stem: str = ""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How files are to be loaded."""

    format: str = ""
    prune: bool = False
    force: bool = False
    owner_id: int | None = None
    agent_id: str = ""
    timezone: str = ""
    name: str = ""
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Said:
    """A sentence about a place in a file."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.text}" if self.path else f"{place}: {self.text}"  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing and what becomes of it."""

    kind: str
    key: str
    name: str
    action: Action
    #: Names of the fields that are given or changed; values may be secrets.
    fields: Sequence[str] = ()
    note: str = ""
    file: str = ""
    line: int = 0
    #: What of it must be the same still when the plan is carried out.
    mark: str = ""
    #: What `applying` writes.
    draft: Any = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.key,
            "name": self.name,
            "action": str(self.action),
            "fields": list(self.fields),
            "note": self.note,
            "file": self.file,
            "line": self.line,
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All of it. With a fault nothing is carried out."""

    items: Sequence[Item] = ()
    remarks: Sequence[Said] = ()
    left_out: Sequence[Said] = ()
    faults: Sequence[Said] = ()

    @property
    def counts(self) -> dict[Action, int]:
        """How many things by action, in the order of `Action`."""
        found = Counter(item.action for item in self.items)
        return {action: found[action] for action in Action if found[action]}

    @property
    def fingerprint(self) -> str:
        """The same for two plans that do the same to the same rows."""
        told = [[*item.as_json().values(), item.mark] for item in self.items]
        faults = [str(each) for each in self.faults]
        text = json.dumps([told, faults], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        def listed(said: Sequence[Said]) -> list[dict[str, Any]]:
            return [vars(each) for each in said]

        return {
            "counts": {str(action): count for action, count in self.counts.items()},
            "items": [item.as_json() for item in self.items],
            "remarks": listed(self.remarks),
            "left_out": listed(self.left_out),
            "faults": listed(self.faults),
        }

"""What every format needs to read a document: its entries, their values, and notes on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scheduling.interop.formats.base import (
    MAX_NOTES,
    Document,
    Note,
    Reading,
    TaskEntry,
)
from scheduling.interop.values import HUGE, shown
from scheduling.wall_clock import ScheduleError, load_zone

__all__ = ["READ_AS", "Item", "Reader", "entries", "kept", "kept_of", "places", "shown"]

#: Stands in a kept document for what its file did not say: the agent and the zone it was read for.
READ_AS = "read_as"


class Reader:
    """Collects what a format finds; a fault in one place does not hide those of the next."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._tasks: list[TaskEntry] = []
        self._refs: dict[str, str] = {}
        self._remarks: list[Note] = []
        self._left_out: list[Note] = []
        self._faults: list[Note] = []
        self.fault_count = 0

    def fault(self, path: str, text: str) -> None:
        """Say what is wrong: nothing of the file is loaded."""
        self.fault_count += 1
        if len(self._faults) < MAX_NOTES:
            self._faults.append(self._note(path, text))

    def remark(self, path: str, text: str) -> None:
        """Say how something was understood."""
        self._remarks.append(self._note(path, text))

    def leave_out(self, path: str, text: str) -> None:
        """Say what is not carried over."""
        self._left_out.append(self._note(path, text))

    def add(
        self, item: Item, ref: str, fields: Mapping[str, Any], **others: Any
    ) -> None:
        """Add a task; a second one of the same name is a fault.

        One with faults is added too: what else is wrong with it is to be told at once.
        """
        path, is_sound = item.path, item.is_sound
        if is_sound and ref in self._refs:
            self.fault(path, f"{shown(ref)} is there twice: first at {self._refs[ref] or 'the top'}.")  # fmt: skip
            return
        if is_sound:
            self._refs[ref] = path
        line = self._document.line_of(path)
        self._tasks.append(
            TaskEntry(ref=ref, path=path, fields=fields, line=line, is_sound=is_sound, **others)
        )  # fmt: skip

    def reading(self, **others: Any) -> Reading:
        """Return all of it."""
        return Reading(
            tasks=self._tasks,
            remarks=self._remarks,
            left_out=self._left_out,
            faults=self._faults,
            **others,
        )

    def line_of(self, path: str) -> int:
        """The line of a place in the file."""
        return self._document.line_of(path)

    def _note(self, path: str, text: str) -> Note:
        return Note(path=path, text=text, line=self._document.line_of(path))


class Item:
    """One mapping of a document, read key by key; each wrong value is a fault at its place."""

    def __init__(self, reader: Reader, path: str, value: Mapping[str, Any]) -> None:
        self.reader, self.path, self.value = reader, path, value
        self._before = reader.fault_count
        self._read: set[str] = set()

    @property
    def is_sound(self) -> bool:
        """Whether no fault was found since it was begun."""
        return self.reader.fault_count == self._before

    def at(self, name: str) -> str:
        """The path of a key."""
        return f"{self.path}.{name}" if self.path else name

    def name_of(self, *names: str) -> str:
        """The first of these keys that has a value, else the first of all."""
        self._read.update(names)
        there = (name for name in names if self.value.get(name) is not None)
        return next(there, names[0])

    def get(self, *names: str) -> Any:
        """The value of the first of these keys that has one."""
        return self.value.get(self.name_of(*names))

    def fault(self, name: str, text: str) -> None:
        """Say what is wrong with the value of a key."""
        self.reader.fault(self.at(name), text)

    def remark(self, name: str, text: str) -> None:
        """Say how the value of a key was understood."""
        self.reader.remark(self.at(name), text)

    def text(self, *names: str, needed: str = "") -> str:
        """A text, numbers included; `needed` says what is missing without it."""
        name, value = self.name_of(*names), self.get(*names)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value) if abs(value) < HUGE else value
        if value is not None and not isinstance(value, str):
            self.fault(name, f"{shown(value)} is no text.")
            return ""
        if needed and not (value or "").strip():
            self.fault(name, needed)
        return value or ""

    def flag(self, *names: str, default: bool) -> bool:
        """True or false."""
        name, value = self.name_of(*names), self.get(*names)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.fault(name, f"{shown(value)} is neither true nor false.")
        return default

    def number(self, *names: str, least: int, most: int) -> int | None:
        """A whole number, also one written as text."""
        name, value = self.name_of(*names), self.get(*names)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.strip().isdigit():
            value = int(value) if len(value) < 20 else value
        if type(value) is int and least <= value <= most:
            return value
        self.fault(name, f"{shown(value)}: expected a whole number from {least} to {most}.")  # fmt: skip
        return None

    def choice(self, name: str, known: Sequence[str], default: str) -> str:
        """One of `known`."""
        value = self.get(name)
        if value is None or value in known:
            return default if value is None else str(value)
        self.fault(name, f"{shown(value)}: choose one of {', '.join(known)}.")
        return default

    def mapping(self, *names: str) -> dict[str, Any]:
        """An object; empty when it is not there."""
        name, value = self.name_of(*names), self.get(*names)
        if value is None or isinstance(value, Mapping):
            return dict(value or {})
        self.fault(name, f"{shown(value)}: expected names with values.")
        return {}

    def zone(self, context_zone: str, default: str, *, said: str = "") -> str:
        """The zone that the entry names, else the loader, else `default`."""
        name = said or context_zone or default
        try:
            load_zone(name)
        except ScheduleError as error:
            self.fault("timezone", str(error.at_the_field))
        return name

    def ignore(self, names: Sequence[str], text: str) -> None:
        """Keys that say what has been and not what is to be: said aloud, in one note."""
        there = [name for name in names if self.get(name)]
        if there:
            self.reader.leave_out(self.path, f"{', '.join(there)}: {text}")

    def leave_out_others(self) -> None:
        """Say of every key that nobody has asked for that it is not carried over."""
        for name in self.value:
            if name not in self._read:
                self.reader.leave_out(self.at(name), "is kept for the export; Backbeat has nothing like it.")  # fmt: skip


def entries(reader: Reader, document: object, *lists: str) -> Iterator[Item]:
    """The entries of a document: a list, an object with a list, or a single object."""
    for path, value in places(document, *lists):
        if isinstance(value, Mapping):
            yield Item(reader, path, value)
        else:
            reader.fault(path, f"{shown(value)}: expected names with values.")


def places(document: object, *lists: str) -> Iterator[tuple[str, object]]:
    """The values that may be entries, each with its path."""
    prefix, found = "", document
    if isinstance(document, Mapping):
        prefix = next((each for each in lists if isinstance(document.get(each), list)), "")  # fmt: skip
        found = document[prefix] if prefix else document
    if isinstance(found, list):
        for number, value in enumerate(found):
            yield f"{prefix}[{number}]", value
    else:
        yield "", found


def kept(item: Item, **read_as: str) -> dict[str, Any]:
    """The entry to be written out again, with what it was read for where it was silent."""
    return {**item.value, READ_AS: read_as}


def kept_of(document: object) -> tuple[dict[str, Any], dict[str, str]]:
    """The entry as it was written, and what it was read for."""
    entry = dict(document) if isinstance(document, Mapping) else {}
    read_as = entry.pop(READ_AS, None)
    return entry, dict(read_as) if isinstance(read_as, Mapping) else {}

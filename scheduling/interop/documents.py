"""The text of a task file as documents: JSON, or YAML with one document or several.

Scalars are read as JSON and YAML 1.2 do: `07:00`, `2027-01-01`, `yes` and `007` stay texts. What a
file can do to its reader is bounded: size, depth, and what aliases unfold to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from scheduling.interop.formats.base import MAX_NOTES, Document, Note, inside
from scheduling.interop.scalars import plain_scalar
from signals.sanitise import clean_text

MAX_BYTES = 5_000_000
MAX_DEPTH = 50
MAX_SIZE = 300_000
"""Values of one file, aliases unfolded; long texts count for several."""
_TEXT_UNIT = 64

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATES = re.compile(
    r"(?<!\\)((?:\\\\)*)\\u(d[89a-f]..)(?:\\u(d[c-f]..))?", re.IGNORECASE
)


class BadFile(ValueError):
    """A file that cannot be read at all; `line` is where, 0 when it is not known."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8, a byte order mark or none. Raises `BadFile`."""
    if len(data) > MAX_BYTES:
        raise BadFile(f"has {len(data)} bytes; at most {MAX_BYTES} are read.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadFile(f"byte {error.start} is no UTF-8; save it as UTF-8.", line) from error  # fmt: skip


def read_documents(text: str) -> tuple[list[Document], list[Note]]:
    """Return the documents of a file and what is wrong with their keys and aliases.

    Empty documents are left out. Raises `BadFile` for what is no YAML, or too much of it.
    """
    if len(text) > MAX_BYTES:
        raise BadFile(f"has {len(text)} characters; at most {MAX_BYTES} are read.")
    builder = _Builder(_as_yaml(text))
    try:
        return list(builder.documents()), builder.faults
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", column {mark.column + 1}" if mark else ""
        said = error.problem or error.context or "cannot be read"
        if "cannot start any token" in said and mark and _has_tab(text, mark.line):
            said = "a tab stands there; YAML is indented with spaces"
        raise BadFile(f"is neither YAML nor JSON{where}: {said}.", mark.line + 1 if mark else 0) from error  # fmt: skip
    except yaml.YAMLError as error:
        said = getattr(error, "reason", "") or "cannot be read"
        raise BadFile(f"is neither YAML nor JSON: {said}.") from error


def _has_tab(text: str, line: int) -> bool:
    return "\t" in "".join(text.splitlines()[line : line + 1])


def _as_yaml(text: str) -> str:
    """JSON but for what YAML refuses of it: tabs, and characters that are written as pairs."""
    text = clean_text(text)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _SURROGATES.sub(_unescaped, text.replace("\t", " "))


def _unescaped(match: re.Match[str]) -> str:
    before, high, low = match.groups()
    if low is None or high.lower() >= "dc00":
        return f"{before}\N{REPLACEMENT CHARACTER}"
    pair = chr(int(high, 16)) + chr(int(low, 16))
    return before + clean_text(pair)


class _Builder:
    """Makes values of the parser's events and notes their lines; it never makes any other object."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self.faults: list[Note] = []
        self._lines: dict[str, int] = {}
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._size = 0

    def documents(self) -> Iterator[Document]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._lines, self._anchors = {}, {}
                value = self._value(next(self._events), "", 0)
                if value is not None:
                    yield Document(value=value, lines=self._lines)

    def _value(self, event: Any, path: str, depth: int) -> Any:
        line = event.start_mark.line + 1
        self._lines.setdefault(path, line)
        if depth > MAX_DEPTH:
            raise BadFile(f"{path[:80]}… is deeper than {MAX_DEPTH} levels.", line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, line)
        before = self._size
        self._grow(1, line)
        value = self._new(event, path, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._size - before
        return value

    def _new(self, event: Any, path: str, depth: int) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):  # fmt: skip
            self._fault(event, path, f"the tag {event.tag[:80]!r} is not read; leave it out.")  # fmt: skip
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path, depth)
        return self._mapping(path, depth)

    def _list(self, path: str, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            place = inside(path, f"[{len(items)}]")
            items.append(self._value(event, place, depth + 1))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._value(event, path, depth + 1)
            name = key if isinstance(key, str) else f"({str(key)[:40]})"
            place = inside(path, f".{name}" if path else name)
            self._lines.setdefault(place, event.start_mark.line + 1)
            value = self._value(next(self._events), place, depth + 1)
            if not isinstance(key, str):
                self._fault(event, place, "a key must be a text: write it in quotes.")
            elif key == "<<" and event.implicit[0]:
                _merge(merged, value)
            elif key in items:
                self._fault(event, place, "stands there twice; leave one of them out.")
            else:
                items[key] = value
        return merged | items

    def _scalar(self, event: Any, path: str) -> Any:
        text = clean_text(event.value)
        self._grow(len(text) // _TEXT_UNIT, event.start_mark.line + 1)
        if event.tag in ("!", "tag:yaml.org,2002:str") or not any(event.implicit):
            if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
                self._fault(event, path, f"the tag {event.tag[:80]!r} is not read; leave it out.")  # fmt: skip
            return text
        return plain_scalar(text) if event.implicit[0] else text

    def _alias(self, event: Any, path: str, line: int) -> Any:
        if event.anchor not in self._anchors:
            self._fault(event, path, f"*{event.anchor[:80]} is not defined before.")
            return None
        value, size = self._anchors[event.anchor]
        self._grow(size, line)
        return value

    def _grow(self, size: int, line: int) -> None:
        self._size += size
        if self._size > MAX_SIZE:
            raise BadFile(f"holds more than {MAX_SIZE} values: split the file.", line)

    def _fault(self, event: Any, path: str, text: str) -> None:
        if len(self.faults) < MAX_NOTES:
            line = event.start_mark.line + 1
            self.faults.append(Note(path=path, text=text, line=line))


def _merge(merged: dict[str, Any], value: Any) -> None:
    """Add the keys that `<<` brings in; what is there already has the say."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            for name, inner in each.items():
                merged.setdefault(name, inner)

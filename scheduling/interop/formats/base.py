"""What reads and writes one format of task files. Formats know this module and no other format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from scheduling.models import ScheduledTask

MAX_PATH = 200
"""Characters. What lies deeper has the path of what is around it: long keys, nested, would fill memory."""
MAX_NOTES = 1000
"""Of a kind that are told of; more of them nobody reads."""


_APART = ("name", "input_message", "system_prompt_override", "agent_options", "target_user_id", "webhooks")  # fmt: skip
"""What is read by itself: a fault elsewhere in the entry changes nothing in it."""


def inside(path: str, part: str) -> str:
    """Return the path of a part of `path`, such as `.name` or `[2]`."""
    return path if len(path) + len(part) > MAX_PATH else path + part


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document of a file, JSON or YAML, and where its parts stand in the file."""

    value: Any
    #: The line (from 1) of a path such as `tasks[2].schedule`; "" is the document itself.
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, path: str) -> int:
        """The line of `path`, or of the nearest part around it; 0 when it is not known."""
        path = path[: MAX_PATH + 1]
        while path and path not in self.lines:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return self.lines.get(path, 0)


@dataclass(frozen=True, kw_only=True)
class Note:
    """A sentence about a place in the file."""

    path: str
    text: str
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class TaskEntry:
    """A task as a file has it, in the words of Backbeat. None: the file says nothing of it."""

    #: Its name in its own format, unique there.
    ref: str
    path: str
    #: Columns of `ScheduledTask` by name (foreign keys by attname: `agent_id`), values as in JSON.
    #: Without `id` one is made from the name.
    fields: Mapping[str, Any]
    tags: Sequence[str] | None = None
    #: As `services.create_task` takes them; `task_id` may be the `ref` of an entry of this file.
    parents: Sequence[Mapping[str, str]] | None = None
    webhooks: Sequence[Mapping[str, Any]] | None = None
    #: Names or ids of the address book's webhooks.
    shared_webhooks: Sequence[str | int] | None = None
    event_triggers: Sequence[Mapping[str, Any]] | None = None
    #: The entry as it was written, kept to be written out again.
    document: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    #: False: a fault was found in it, and some of its fields stand in for what was not understood.
    is_sound: bool = True
    #: Within which its name is unique, where that is less than the file; part of a made id.
    group: str = ""

    def answers_for(self, field: str) -> bool:
        """Whether what is wrong with a field is its own, and no echo of another fault of the entry."""
        name = field.partition("[")[0]
        is_given = bool(self.webhooks if name == "webhooks" else self.fields.get(name))
        return self.is_sound or (name in _APART and is_given)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Anything else of a file: an agent, a calendar, a webhook of the address book."""

    key: str
    path: str
    fields: Mapping[str, Any]
    line: int = 0
    #: Only made when it is missing; what there is stays as it is.
    only_if_missing: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a document says."""

    tasks: Sequence[TaskEntry] = ()
    agents: Sequence[Entry] = ()
    calendars: Sequence[Entry] = ()
    webhooks: Sequence[Entry] = ()
    #: What was understood in a way that should be said aloud: conversions, zones, defaults.
    remarks: Sequence[Note] = ()
    #: What cannot be carried over; the rest can.
    left_out: Sequence[Note] = ()
    #: What is wrong. With one of these nothing of the file is loaded.
    faults: Sequence[Note] = ()


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a file does not say: who loads it, and what is meant when it is silent."""

    #: The zone that the loader names; "": none, and each format has its own.
    timezone: str
    #: The agent of tasks whose file names none, or one that is not there; "": that is a fault.
    agent_id: str = ""
    #: Prefix of ids, and `agent_name` of formats whose file does not name it.
    name: str = ""
    #: Ids of agents by which a task may be done.
    agents: frozenset[str] = frozenset()
    staff: bool = True


class Format(ABC):
    """One format; FORMATS has them all."""

    #: A value of `ImportedTask.Format`.
    name: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def recognises(self, document: object) -> bool:
        """Whether this document is of this format. Two formats never claim the same one."""

    @abstractmethod
    def read(self, document: Document, context: Context) -> Reading:
        """Read it whole: a fault in one entry does not hide those of the next. Never raises."""

    @abstractmethod
    def write(self, tasks: Sequence[ScheduledTask]) -> str:
        """Write tasks in this format, as its own system reads it.

        Each comes with `agent`, `imported` and its webhooks loaded. Raises `ValueError` naming a task
        that the format cannot say.
        """

"""What an agent is told, assembled in the open. Pure.

The variables are bound to the *scheduled* time, so that a late run still asks for its own day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from notifications.placeholders import render
from scheduling.memory_text import with_memory
from signals.sanitise import cap_text

#: Most characters of earlier outputs that one variable brings into a prompt; the cut is marked.
LAST_OUTPUT_CHARS = 20_000
#: Of how many runs `{{already_reported}}` tells, and with how much of each.
REPORTED_RUNS = 5
REPORTED_CHARS = 600

_NAMES = (
    "scheduled_time", "date", "last_output", "last_run_at", "already_reported", "task_name",
    "parent_output", "parent_data", "event_type", "event", "event_payload",
)  # fmt: skip
_OUTPUT_OF, _DATA_OF = "output_of_", "data_of_"


class Variables(Collection[str]):
    """Every name that a prompt may ask for: some as they stand, some by the id of a parent."""

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        return name in _NAMES or any(
            name.startswith(prefix) and name != prefix
            for prefix in (_OUTPUT_OF, _DATA_OF)
        )

    def __iter__(self) -> Iterator[str]:
        """The names as people are told them."""
        yield from _NAMES
        yield f"{_OUTPUT_OF}<task id>"
        yield f"{_DATA_OF}<task id>"

    def __len__(self) -> int:
        return len(_NAMES) + 2


#: What `{{…}}` may name in a task's input message and its system prompt override.
VARIABLES = Variables()


class Ended(Protocol):
    """What came of a task before this one, as agents get it too."""

    @property
    def task_name(self) -> str: ...
    @property
    def output(self) -> str: ...
    @property
    def data(self) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The exact texts that the agent gets; kept on the run."""

    system: str
    message: str


def bind(
    *,
    scheduled_for: datetime,
    timezone: str,
    task_name: str,
    last_output: str = "",
    last_run_at: datetime | None = None,
    already_reported: Sequence[tuple[datetime, str]] = (),
    parents: Mapping[str, Ended] | None = None,
    event: Mapping[str, Any] | None = None,
) -> dict[str, str]:
    """Return the value of every variable; times in the task's zone, ISO 8601 to the second.

    `already_reported` is what earlier runs said, with when they were due, oldest first.
    `parents` are by task id: the tasks that the run came after. `event` is what triggered it.
    """
    zone = ZoneInfo(timezone)
    local = scheduled_for.astimezone(zone)
    return {
        "scheduled_time": local.isoformat(timespec="seconds"),
        "date": local.date().isoformat(),
        # A prompt that quotes its own echo would double with every run.
        "last_output": _capped(last_output),
        "last_run_at": (
            last_run_at.astimezone(zone).isoformat(timespec="seconds")
            if last_run_at
            else ""
        ),
        "already_reported": _reported(already_reported, zone),
        "task_name": task_name,
        **_of_parents(parents or {}),
        **_of_event(event),
    }


def _of_event(event: Mapping[str, Any] | None) -> dict[str, str]:
    if event is None:
        return {"event_type": "", "event": "", "event_payload": ""}
    return {
        "event_type": str(event.get("event_type", "")),
        "event": _fenced(event),
        "event_payload": _fenced(event.get("payload")),
    }


def _fenced(value: object) -> str:
    """JSON from outside, between marks that it cannot hold itself: data, and not to be obeyed."""
    text = _capped(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}"


def _reported(said: Sequence[tuple[datetime, str]], zone: ZoneInfo) -> str:
    """A short part of each output, quoted under its time: a heading in it is none of ours."""
    parts = []
    for at, output in said:
        short = output.strip()
        if len(short) > REPORTED_CHARS:
            short = short[:REPORTED_CHARS].rstrip() + " […]"
        if quoted := "\n".join(f"> {line}".rstrip() for line in short.splitlines()):
            when = at.astimezone(zone)
            parts.append(f"On {when:%Y-%m-%d at %H:%M}:\n{quoted}")
    return "\n\n".join(parts)


def _of_parents(parents: Mapping[str, Ended]) -> dict[str, str]:
    data = {task_id: _typed(parent) for task_id, parent in parents.items()}
    values = {
        "parent_output": _joined(list(parents.values())),
        "parent_data": _capped(_as_json(data)) if data else "",
    }
    for task_id, parent in parents.items():
        values[_OUTPUT_OF + task_id] = _capped(parent.output)
        values[_DATA_OF + task_id] = _capped(_as_json(data[task_id]))
    return values


def _joined(parents: list[Ended]) -> str:
    """The text of one parent; of several each under its name, with an equal share of the room."""
    if len(parents) == 1:
        return _capped(parents[0].output)
    return "\n\n".join(
        f"## {parent.task_name}\n\n{_capped(parent.output, LAST_OUTPUT_CHARS // len(parents))}"
        for parent in parents
    )


def _typed(parent: Ended) -> object:
    return parent.output if parent.data is None else parent.data


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _capped(text: str, most: int = LAST_OUTPUT_CHARS) -> str:
    return cap_text(text, most)[0]


def assemble(
    *,
    agent: str,
    override: str,
    message: str,
    variables: Mapping[str, str],
    memory: str | None = None,
    about_memory: str = "",
    reply: str | None = None,
) -> Prompt:
    """Join the agent's system prompt with the task's supplement, and fill the variables.

    The agent's own prompt is taken as it stands; the task's two texts are filled. `memory`, which
    is never filled, stands before the message; `about_memory` ends the system prompt. None: it
    has no memory. `reply` is what a person says instead of the task's message; nothing in it is
    filled.
    """
    supplement = render(override, variables)
    asked = render(message, variables) if reply is None else reply
    parts = [agent, supplement, about_memory if memory is not None else ""]
    return Prompt(
        system="\n\n".join(part.strip() for part in parts if part.strip()),
        message=asked if memory is None else with_memory(asked, memory),
    )

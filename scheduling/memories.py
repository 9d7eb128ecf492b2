"""What agents remember: read for a run, and written back when it has succeeded."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from scheduling.memory_text import fitted, joined
from scheduling.models import Memory, MemoryVersion, Run, ScheduledTask
from scheduling.outcome import Outcome

Scope = ScheduledTask.MemoryScope


@dataclass(frozen=True, order=True)
class Holder:
    """Whose memory it is: of the agent or the task (`Scope`) with this id."""

    scope: str
    ref: str

    @property
    def columns(self) -> dict[str, str]:
        return {f"{self.scope}_id": self.ref}


@dataclass(frozen=True, kw_only=True)
class Note:
    """A memory as it is to be, and who or which run says so."""

    holder: Holder
    content: str
    by: Any = None
    run_id: uuid.UUID | None = None
    note: str = ""


def recall(runs: Sequence[Run]) -> dict[uuid.UUID, str]:
    """Return the memory of those runs whose tasks include it, by run id; empty ones too."""
    asking = [run for run in runs if run.task is not None and run.task.include_memory]
    if not asking:
        return {}
    held = contents(holder for run in asking for holder in _both(run))
    return {
        run.id: joined(*(held.get(holder, "") for holder in _both(run)))
        for run in asking
    }


def contents(holders: Iterable[Holder]) -> dict[Holder, str]:
    """Return what these hold, of those that hold anything. One query."""
    rows = Memory.objects.filter(_of(holders)).values_list("agent_id", "task_id", "content")  # fmt: skip
    return {_holder(agent, task): content for agent, task, content in rows}


def write_back(
    final: Sequence[Run], outcomes: Mapping[uuid.UUID, Outcome], now: datetime
) -> None:
    """Keep what succeeded runs want to remember. In the open transaction.

    What is too long is cut with a mark: for its memory no run fails. Without anything to
    remember it takes no query.
    """
    said = {
        run: memory
        for run in final
        if run.task_id
        and run.status == Run.Status.SUCCEEDED
        and (memory := outcomes[run.id].memory) is not None
    }
    if not said:
        return
    tasks = ScheduledTask.objects.filter(
        id__in={run.task_id for run in said}, include_memory=True
    )
    scopes = dict(tasks.values_list("id", "memory_scope"))
    most = settings.SCHEDULING.memory_chars
    notes = [
        Note(holder=holder, content=fitted(memory, most), run_id=run.id)
        for run, memory in said.items()
        if run.task_id in scopes
        # What one person says must not change what the agent's other tasks go by.
        and not (run.is_reply and scopes[run.task_id] == Scope.AGENT)
        and (holder := holder_of(run.task_id, run.agent_id, scopes[run.task_id]))
    ]
    keep(notes, now)


def holder_of(task_id: str | None, agent_id: str | None, scope: str) -> Holder | None:
    """Return whose memory the runs of a task write; None when that one is gone."""
    ref = agent_id if scope == Scope.AGENT else task_id
    return Holder(scope, ref) if ref else None


def keep(notes: Sequence[Note], now: datetime) -> dict[Holder, Memory]:
    """Write these, one after the other, each a version unless it changes nothing.

    In the open transaction. Returns the memories, which stay locked until it ends.
    """
    if not notes:
        return {}
    held = lock(note.holder for note in notes)
    versions: list[MemoryVersion] = []
    for note in notes:
        memory = held[note.holder]
        if memory.content == note.content:
            continue
        memory.content, memory.updated_at = note.content, now
        memory.version += 1
        versions.append(_version(memory, note, now))
    if versions:
        changed = {version.memory for version in versions}
        Memory.objects.bulk_update(changed, ["content", "version", "updated_at"])
        MemoryVersion.objects.bulk_create(versions)
    return held


def lock(holders: Iterable[Holder]) -> dict[Holder, Memory]:
    """Return the memories of these, made where there are none, locked in one order."""
    wanted = sorted(set(holders))
    there = contents(wanted)
    Memory.objects.bulk_create(
        [Memory(**each.columns) for each in wanted if each not in there],
        ignore_conflicts=True,  # made by somebody else meanwhile
    )
    rows = Memory.objects.select_for_update().filter(_of(wanted)).order_by("id")
    return {_holder(row.agent_id, row.task_id): row for row in rows}


def _version(memory: Memory, note: Note, now: datetime) -> MemoryVersion:
    return MemoryVersion(
        memory=memory,
        number=memory.version,
        content=note.content,
        at=now,
        by=note.by,
        run_id=note.run_id,
        note=note.note,
    )


def _both(run: Run) -> tuple[Holder, Holder]:
    return Holder(Scope.AGENT, run.agent_id or ""), Holder(Scope.TASK, run.task_id or "")  # fmt: skip


def _holder(agent_id: str | None, task_id: str | None) -> Holder:
    return Holder(Scope.AGENT, agent_id) if agent_id else Holder(Scope.TASK, task_id or "")  # fmt: skip


def _of(holders: Iterable[Holder]) -> Q:
    refs: dict[str, list[str]] = {Scope.AGENT: [], Scope.TASK: []}
    for each in holders:
        refs[each.scope].append(each.ref)
    return Q(agent_id__in=refs[Scope.AGENT]) | Q(task_id__in=refs[Scope.TASK])

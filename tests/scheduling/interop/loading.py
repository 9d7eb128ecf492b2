"""Reading sample files, and the least that makes tasks of them: what the loader does is tested there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from scheduling.interop.documents import read_documents
from scheduling.interop.formats import FORMATS
from scheduling.interop.formats.base import Context, Reading
from scheduling.interop.values import read_columns
from scheduling.models import Agent, ImportedTask, ScheduledTask
from scheduling.services import create_agent, create_task

SAMPLES = Path(__file__).parent / "samples"
AGENTS = frozenset({"writer", "reader", "simplize"})
CONTEXT = Context(timezone="", agents=AGENTS, name="sample")


def read(kind: str, text: str, context: Context = CONTEXT) -> list[Reading]:
    """Every document of a text, which must be of the format `kind`."""
    documents, notes = read_documents(text)
    assert not notes
    claims = [[name for name, each in FORMATS.items() if each.recognises(document.value)] for document in documents]  # fmt: skip
    assert claims == [[kind]] * len(documents)
    return [FORMATS[kind].read(document, context) for document in documents]


def tasks_of(readings: list[Reading]) -> dict[str, dict[str, Any]]:
    """What the tasks would be, by their names there."""
    assert [note for reading in readings for note in reading.faults] == []
    return {
        entry.ref: {**entry.fields, "webhooks": entry.webhooks, "parents": entry.parents}
        for reading in readings
        for entry in reading.tasks
    }  # fmt: skip


def said(readings: list[Reading], what: str) -> list[str]:
    """All notes of one kind, as `path: text`."""
    return [f"{note.path}: {note.text}" for reading in readings for note in getattr(reading, what)]  # fmt: skip


def load(kind: str, readings: list[Reading]) -> list[ScheduledTask]:
    """Make the tasks, as they would be after loading."""
    made = []
    for reading in readings:
        for agent in reading.agents:
            if not Agent.objects.filter(id=agent.key).exists():
                create_agent(fields=dict(agent.fields), user=None)
        for entry in reading.tasks:
            columns, errors = read_columns(ScheduledTask, {**entry.fields}, ZoneInfo("UTC"))  # fmt: skip
            assert list(errors) in ([], ["agent_id"])
            columns["agent_id"] = entry.fields["agent_id"]
            task = create_task(
                fields=columns, webhooks=entry.webhooks or (), parents=entry.parents or (), user=None
            )  # fmt: skip
            document: Any = dict(entry.document)
            ImportedTask.objects.create(
                task=task,
                format=kind,
                ref=entry.ref,
                version=task.version,
                document=document,
                loaded_at=timezone.now(),
            )
            made.append(task.pk)
    return fresh(made)


def fresh(ids: list[str]) -> list[ScheduledTask]:
    """The tasks as `Format.write` gets them."""
    rows = ScheduledTask.objects.select_related("agent", "imported").prefetch_related("webhooks").in_bulk(ids)  # fmt: skip
    return [rows[each] for each in ids]


def sample(name: str) -> str:
    return (SAMPLES / name).read_text(encoding="utf-8")

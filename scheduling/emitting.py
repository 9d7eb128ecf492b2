"""What runs do, told on the event bus: `run.*`, and beside it the `task.*` of CONTRACTS A1."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from notifications.event_bus import EventMessage, publish_messages
from scheduling.models import Run

#: Columns of a run that its events carry as they are; no text of an agent is among them.
_COLUMNS = (
    "task_name", "user_id", "status", "trigger", "attempt", "hops", "slots", "failure_reason",
    "skip_reason", "waits_for", "approval", "scheduled_for", "root_id", "agent_id",
)  # fmt: skip
_VERBS = {Run.Status.RUNNING: "started"}
_OF_TASKS = {"started": "started", "succeeded": "completed", "failed": "failed"}
"""The other name of these events of a run, by which S1's agents know them."""


def tell_runs(runs: Iterable[Run], verb: str = "") -> None:
    """Tell, after the commit, that these runs came to the status that they have now.

    `verb` says it in another word (`run.approved`). What was not loaded of a row is left out:
    no query.
    """
    if settings.NOTIFICATIONS.events:
        publish_messages([message for run in runs for message in _messages(run, verb)])


def _messages(run: Run, verb: str) -> Iterator[EventMessage]:
    verb = verb or _VERBS.get(Run.Status(run.status), str(run.status))
    facts = _facts(run)
    agent = facts.pop("agent_id", None) or ""
    of_task = _OF_TASKS.get(verb, "")
    if of_task and run.is_reply:
        of_task = ""  # a reply is no turn of its task
    for name in (f"run.{verb}", of_task and f"task.{of_task}"):
        if name:
            yield EventMessage(
                event_type=name,
                source_agent=agent,
                payload={"event_id": str(uuid.uuid4()), **facts},
            )


def _facts(run: Run) -> dict[str, Any]:
    known = run.__dict__  # what is not in there was not loaded
    facts: dict[str, Any] = {"run_id": str(run.id), "task_id": run.task_ref}
    facts |= {name: _plain(known[name]) for name in _COLUMNS if name in known}
    return facts


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # A choice of Django's is a str with ways of its own.
    return str(value) if isinstance(value, str | uuid.UUID) else value

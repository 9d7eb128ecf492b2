"""Writing events down, and telling the bus of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from notifications.bus_message import EventMessage, own_message
from notifications.event_bus import publish_messages
from scheduling import alerts
from scheduling.models import Event, Run, ScheduledTask

_NOTE_CHARS = 1_000
_DATA_CHARS = 4_000


def about(
    task: ScheduledTask,
    kind: Event.Kind,
    *,
    run: Run | None = None,
    slot: datetime | None = None,
    at: datetime | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Return an event of `task`, not yet written. With a `slot` there is one of a kind for it."""
    return Event(
        kind=kind,
        task=task,
        task_ref=task.id,
        task_name=task.name,
        run=run,
        slot=slot,
        at=at or timezone.now(),
        note=note,
        data=data or {},
    )


def record(events: Iterable[Event]) -> None:
    """Write `events` in the caller's transaction, and publish them after its commit.

    One query, and a few for those that are incidents (`scheduling.alerts`). Those that are known
    already (same task, kind and slot) are not written again. They go out as `task.<kind>` or
    `system.<kind>`: as a hint, so perhaps twice or not at all.
    """
    found = list(events)
    if not found:
        return
    Event.objects.bulk_create(found, ignore_conflicts=True)
    alerts.heed(found, timezone.now())
    publish_messages([_message(each) for each in found])


def _message(event: Event) -> EventMessage:
    return own_message(
        f"{'task' if event.task_ref else 'system'}.{event.kind}",
        source_agent=_agent(event),
        payload=_payload(event),
    )


def _payload(event: Event) -> dict[str, Any]:
    """What the bus is told of it: what is long stays in the row."""
    told = as_json(event) | {"note": event.note[:_NOTE_CHARS]}
    if len(json.dumps(event.data, default=str)) > _DATA_CHARS:
        told["data"] = {}
    return told | {"hops": event.data.get("hops", 0)}


def _agent(event: Event) -> str:
    """The agent of its task, where that has been read already."""
    is_known = "task" in event._state.fields_cache  # noqa: SLF001 -- as Django's own fields ask
    task = event.task if is_known else None
    # Not one query for each: most of those who write events have read little of the task.
    if task is None or "agent_id" in task.get_deferred_fields():
        return ""
    return task.agent_id


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON, as the bus and the command tell it."""
    return {
        "kind": str(event.kind),
        "task_id": event.task_ref or None,
        "task_name": event.task_name,
        "run_id": str(event.run_id) if event.run_id else None,
        "slot": event.slot.isoformat() if event.slot else None,
        "at": event.at.isoformat(),
        "note": event.note,
        "data": event.data,
    }


def open_spell(begun: Event.Kind, ended: Event.Kind) -> Event | None:
    """Return the event that began a spell of the whole installation which nothing has ended yet.

    The two events of a spell carry the same slot. One query, on the index of the slots.
    """
    of_system = Event.objects.filter(task_ref="", slot__isnull=False)
    ends = of_system.filter(kind=ended, slot=OuterRef("slot"))
    last = of_system.filter(kind=begun).annotate(is_over=Exists(ends))
    found = last.order_by("-slot").first()
    return None if found is None or found.is_over else found


def follow_spell(
    begun: Event.Kind,
    ended: Event.Kind,
    *,
    since: datetime | None,
    now: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write that a spell has begun (`since` then; None: it is not on) or has ended, once each."""
    known = open_spell(begun, ended)
    if (since is None) == (known is None):
        return
    if known is not None:
        kind, slot = ended, known.slot
    else:
        # One that comes again within its old bounds is another one.
        is_known = Event.objects.filter(task_ref="", kind=begun, slot=since).exists()
        kind, slot = begun, now if is_known else since
    record([Event(kind=kind, slot=slot, at=now, note=note, data=data or {})])

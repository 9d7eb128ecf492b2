"""What a version holds: what people own of a task or an agent, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Field, Model
from django.utils.crypto import salted_hmac

from notifications.encryption import DecryptionError
from scheduling.models import (
    Agent,
    Dependency,
    EventTrigger,
    ScheduledTask,
    TaskWebhook,
)

#: Columns that are no part of a version: keys, who and when, and what moves by itself.
_NOT_KEPT = frozenset(
    {
        *ScheduledTask.ENGINE_FIELDS,
        *Agent.ENGINE_FIELDS,
        *ScheduledTask.LINEAGE_FIELDS,
        "id", "version", "credentials", "created_at", "updated_at", "updated_by",
        "paused_at", "paused_by", "resume_at",
    }
)  # fmt: skip
UNREADABLE = "(cannot be read)"
"""Stands among the names of credentials when no key reads them."""


def columns(model: type[Model]) -> dict[str, Field[Any, Any]]:
    """The columns of `model` that a version holds, by name."""
    return {
        field.name: field
        for field in model._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
        if field.name not in _NOT_KEPT
    }


def task_data(task_id: str) -> tuple[int, dict[str, Any]]:
    """Version number and data of a task that is there, read from its rows: six queries."""
    number, data = _row(ScheduledTask, task_id)
    tags = ScheduledTask.tags.through.objects.filter(scheduledtask_id=task_id)
    parents = Dependency.objects.filter(task_id=task_id).order_by("parent_id")
    shared = ScheduledTask.shared_webhooks.through.objects.filter(
        scheduledtask_id=task_id
    )
    return number, data | {
        "tags": sorted(tags.values_list("tag__name", flat=True)),
        "parents": [
            {"task_id": parent, "when": when}
            for parent, when in parents.values_list("parent_id", "when")
        ],
        "webhooks": _webhooks(task_id),
        "event_triggers": list(
            EventTrigger.objects.filter(task_id=task_id)
            .order_by("id")
            .values("id", *EventTrigger.EDITABLE)
        ),
        "shared_webhooks": sorted(shared.values_list("webhook_id", flat=True)),
    }


def agent_data(agent_id: str) -> tuple[int, dict[str, Any]]:
    """Version number and data of an agent that is there; of its credentials fingerprints."""
    number, data = _row(Agent, agent_id)
    return number, data | {"credentials": _fingerprints(agent_id)}


def _row(model: type[Model], key: str) -> tuple[int, dict[str, Any]]:
    rows = model._base_manager.filter(pk=key)  # noqa: SLF001 -- Django's documented API
    row: dict[str, Any] = rows.values("version", *columns(model)).get()
    number = row.pop("version")
    return number, {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, time) else value


def _webhooks(task_id: str) -> list[dict[str, Any]]:
    """The webhooks with their secrets; one that no key reads is left out of its entry."""
    rows = TaskWebhook.objects.filter(task_id=task_id).order_by("pk")
    names = ("id", *TaskWebhook.EDITABLE)
    try:
        return [
            {name: _json(value) for name, value in row.items()}
            for row in rows.values(*names)
        ]
    except DecryptionError:
        return [
            {
                name: _json(value)
                for name in names
                if (value := _read(hook, name)) is not None
            }
            for hook in rows.defer(*TaskWebhook.ENCRYPTED)
        ]


def _read(webhook: TaskWebhook, name: str) -> Any:
    try:
        return getattr(webhook, name)
    except DecryptionError:
        return None


def _fingerprints(agent_id: str) -> dict[str, str]:
    """Enough of each credential to see that it was changed, and not to learn it."""
    try:
        stored: dict[str, Any] = Agent.objects.get(pk=agent_id).credentials
    except DecryptionError:
        return {UNREADABLE: ""}
    return {
        name: salted_hmac(f"{__name__}.{agent_id}.{name}", str(value)).hexdigest()[:16]
        for name, value in sorted(stored.items())
    }

"""What gateways share: which tasks are known by a name of elsewhere, and whose words errors use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from rest_framework.exceptions import NotFound

from scheduling.models import ImportedTask, ScheduledTask
from signals.sanitise import clean_text


def name_there(task: ScheduledTask, kind: str) -> str:
    """Return what `task`, with `imported` loaded, is called in a format; "" if nothing."""
    row: ImportedTask | None = getattr(task, "imported", None)
    return row.ref if row is not None and row.format == kind else ""


def remember(
    task: ScheduledTask, *, kind: str, ref: str, document: Mapping[str, Any]
) -> ImportedTask:
    """Keep what a new task is called in a format; in its transaction.

    What is changed here later leaves the row alone: files of that name do not overwrite it.
    """
    fields: dict[str, Any] = {
        "task": task,
        "format": kind,
        "ref": ref,
        "version": task.version,
        "document": dict(document),
        "loaded_at": timezone.now(),
    }
    return ImportedTask.objects.create(**fields)


def storable(text: str, missing: str) -> str:
    """Return `text` of an address or a filter. Raises `NotFound` when no row can have it."""
    if clean_text(text) != text:
        raise NotFound(missing)
    return text


def in_their_words(error: ValidationError, names: Mapping[str, str]) -> ValidationError:
    """Return `error` with what is said of columns under the names that a format has for them."""
    if not hasattr(error, "error_dict"):
        return error
    told: dict[str, list[str]] = {}
    for column, said in error.message_dict.items():
        told.setdefault(names.get(column, column), []).extend(said)
    return ValidationError(told)

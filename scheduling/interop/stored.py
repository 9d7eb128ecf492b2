"""What is there already of what files name: read at once, with as many queries for one as for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.text import slugify

from notifications.encryption import DecryptionError
from notifications.models import Webhook
from scheduling.models import (
    Agent,
    Calendar,
    Dependency,
    ImportedTask,
    ScheduledTask,
    Version,
)

Ref = tuple[str, str]
"""A format, and the name of a task in it."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """What files name, by what it is called there."""

    refs: Collection[Ref]
    tasks: Collection[str]
    agents: Collection[str]
    calendars: Collection[str]
    owners: Collection[str]


class Stored:
    """The rows that stand behind the names, as they are now."""

    def __init__(self, named: Named) -> None:
        #: By stem the last number that was tried: thousands may have the same name.
        self._numbers: dict[str, int] = {}
        self.imported = _imported(named.refs)
        ids = {*named.tasks, *(row.task_id for row in self.imported.values())}
        self.tasks = {task.pk: task for task in _tasks(ids)}
        agents = {*named.agents, *(task.agent_id for task in self.tasks.values())}
        self.agents = _agents(agents)
        calendars = {*named.calendars, *(task.calendar_id for task in self.tasks.values())}  # fmt: skip
        self.calendars = Calendar.objects.in_bulk(calendars - {None})
        for task in self.tasks.values():  # no query for each, whoever asks
            task.agent = self.agents[task.agent_id]
            task.calendar = self.calendars.get(task.calendar_id or "")
        users = get_user_model()
        named_users = users.objects.filter(**{f"{users.USERNAME_FIELD}__in": named.owners})  # fmt: skip
        self.owners: dict[str, int] = dict(named_users.values_list(users.USERNAME_FIELD, "pk"))  # fmt: skip

    @cached_property
    def ids(self) -> set[str]:
        """The ids of all tasks."""
        return set(ScheduledTask.objects.values_list("pk", flat=True))

    def all_ids(self, model: type[Agent] | type[Calendar]) -> Iterable[str]:
        """The ids of all of them, for an error."""
        return model.objects.values_list("pk", flat=True)

    @cached_property
    def edges(self) -> Mapping[str, set[str]]:
        """Which tasks each task runs after."""
        found: dict[str, set[str]] = {}
        for task, parent in Dependency.objects.values_list("task_id", "parent_id"):
            found.setdefault(task, set()).add(parent)
        return found

    @cached_property
    def book(self) -> Mapping[int, Webhook]:
        """The webhooks of the address book."""
        rows = Webhook.objects.filter(taskwebhook__isnull=True)
        return {webhook.pk: webhook for webhook in rows.order_by("pk")}

    @cached_property
    def book_by_name(self) -> Mapping[str, list[Webhook]]:
        found: dict[str, list[Webhook]] = {}
        for webhook in self.book.values():
            found.setdefault(webhook.name, []).append(webhook)
        return found

    def versions(self, kind: str, refs: Collection[str]) -> dict[str, Version]:
        """The latest version of each."""
        rows = Version.objects.filter(kind=kind, ref__in=refs).select_related("by")
        return {row.ref: row for row in rows.order_by("number")}

    def free_id(self, name: str, taken: Collection[str]) -> str:
        """A slug of `name` that no task has, nor one of `taken`, which only grows."""
        stem = slugify(name)[:90] or "task"
        number = self._numbers.get(stem, 1)
        free = stem if number == 1 else f"{stem}-{number}"
        while free in self.ids or free in taken:
            number += 1
            free = f"{stem}-{number}"
        self._numbers[stem] = number
        return free


def loaded_from(sources: Iterable[str]) -> QuerySet[ScheduledTask]:
    """The tasks that were loaded from these files."""
    rows = ScheduledTask.objects.filter(imported__source__in=set(sources) - {""})
    return rows.select_related("imported", "updated_by").order_by("pk")


def _imported(refs: Collection[Ref]) -> dict[Ref, ImportedTask]:
    rows = ImportedTask.objects.filter(
        format__in={kind for kind, _ref in refs}, ref__in={ref for _kind, ref in refs}
    )
    return {(row.format, row.ref): row for row in rows.defer("document")}


def _tasks(ids: Collection[str]) -> Iterable[ScheduledTask]:
    rows = ScheduledTask.objects.filter(pk__in=ids)
    return rows.select_related("imported", "updated_by").prefetch_related(
        "tags", "dependencies", "event_triggers", "shared_webhooks", "webhooks"
    )


def _agents(ids: Collection[str]) -> dict[str, Any]:
    try:
        rows = Agent.objects.defer(None).in_bulk(ids)
    except DecryptionError:  # one lost key; the others are read one by one
        rows = Agent.objects.in_bulk(ids)
    return rows

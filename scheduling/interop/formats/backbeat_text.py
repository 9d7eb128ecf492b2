"""Backbeat's own format as text: what differs from the defaults, always in the same order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

import yaml

from notifications.models import Webhook
from scheduling.interop.formats.backbeat_columns import (
    AGENT,
    BOOK,
    CALENDAR,
    TASK,
    TRIGGER,
    WEBHOOK,
    Columns,
    default_of,
)
from scheduling.interop.scalars import FLOAT, INT
from scheduling.models import Agent, Calendar, ScheduledTask
from scheduling.schedule import ScheduleError
from scheduling.wall_clock import load_zone

#: Their defaults are the installation's, and the next one's may be others.
_ALWAYS = ("timezone", "deadline_seconds")
_WIDTH = 100
_BREAKS = "\r\x85\u2028\u2029"
"""YAML 1.1 breaks lines at these, YAML 1.2 does not: they stand as escapes."""


def text_of(
    agents: Iterable[Agent],
    calendars: Iterable[Calendar],
    book: Iterable[Webhook],
    tasks: Iterable[ScheduledTask],
) -> str:
    """Return the file. Raises `ValueError` for webhooks of the book that no name tells apart."""
    hooks = sorted(book, key=lambda each: each.name)
    _require_names(hooks)
    lists = {
        "agents": [{"id": each.pk} | _columns(each, AGENT) for each in _by_id(agents)],
        "calendars": [{"id": each.pk} | _columns(each, CALENDAR) for each in _by_id(calendars)],
        "webhooks": [_columns(each, BOOK) for each in hooks],
        "tasks": [entry_of(each) for each in _by_id(tasks)],
    }  # fmt: skip
    return dumped(
        {"backbeat": 1} | {name: each for name, each in lists.items() if each}
    )


def dumped(value: object) -> str:
    """Return `value` as YAML that `documents` reads as the same value."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )


def book_of(task: ScheduledTask) -> Iterator[Webhook]:
    """The webhooks of the address book that a task names."""
    yield from task.shared_webhooks.all()
    if task.alert_webhook is not None:
        yield task.alert_webhook


def _by_id(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda each: each.pk)


def _require_names(hooks: list[Webhook]) -> None:
    for name, count in Counter(hook.name for hook in hooks).items():
        if count > 1 or not name:
            called = f"are called {name!r}" if name else "have no name"
            raise ValueError(f"{count} webhooks of the address book {called}: give each a name of its own.")  # fmt: skip


def entry_of(task: ScheduledTask) -> dict[str, Any]:
    """Return what a file says of a task: all that differs from the defaults."""
    try:
        zone: tzinfo = load_zone(task.timezone)
    except ScheduleError:
        zone = UTC
    told = {"id": task.pk} | _columns(task, TASK, zone)
    told |= {"owner": task.owner.get_username()} if task.owner else {}
    told |= {"alert_webhook": task.alert_webhook.name} if task.alert_webhook else {}
    parents = sorted(task.dependencies.all(), key=lambda each: each.parent_id)
    parts = {
        "tags": sorted(tag.name for tag in task.tags.all()),
        "parents": [{"task_id": each.parent_id, "when": each.when} for each in parents],
        "webhooks": [_columns(each, WEBHOOK) for each in _by_id(task.webhooks.all())],
        "shared_webhooks": sorted(each.name for each in task.shared_webhooks.all()),
        "event_triggers": [_columns(each, TRIGGER) for each in _by_id(task.event_triggers.all())],
    }  # fmt: skip
    return told | {name: part for name, part in parts.items() if part}


def _columns(row: Any, columns: Columns, zone: tzinfo = UTC) -> dict[str, Any]:
    """The columns of a row that differ from their defaults."""
    told = {}
    for name, field in columns.names.items():
        value = getattr(row, field.attname)
        if name in (*_ALWAYS, *columns.required) or value != default_of(field):
            told[name] = _plain(value, zone)
    return told


def _plain(value: Any, zone: tzinfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    if isinstance(value, Decimal):  # 14 digits at most, which a float holds
        return int(value) if value == int(value) else float(value)
    return value


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks; no anchors; quotes around what would be read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if not {*text}.isdisjoint(_BREAKS):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
for _pattern, _kind in ((INT, "int"), (FLOAT, "float")):
    # YAML 1.1 takes 1e5 for a text, and so would leave its quotes away.
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, list("-+.0123456789"))  # fmt: skip

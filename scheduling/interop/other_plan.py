"""What becomes of the agents, calendars and webhooks of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifications.models import Webhook
from scheduling.interop.files import Loaded, file_name
from scheduling.interop.formats.base import Entry
from scheduling.interop.other_drafts import (
    Draft,
    agent_draft,
    book_draft,
    calendar_draft,
)
from scheduling.interop.plan import Action, Item, Options, Said
from scheduling.interop.stored import Stored
from scheduling.models import Agent, Calendar, Version

LOADED = "Loaded from a file."
"""The note of versions that loading makes."""


@dataclass(kw_only=True)
class OtherPlan:
    """Their items, and the rows by which tasks are judged: as they are to be."""

    agents: dict[str, Agent]
    calendars: dict[str, Calendar]
    book: dict[str, int | str]
    items: list[Item] = field(default_factory=list)
    faults: list[Said] = field(default_factory=list)


def plan_others(loaded: Sequence[Loaded], stored: Stored, options: Options) -> OtherPlan:  # fmt: skip
    """Plan everything that is no task."""
    plan = OtherPlan(
        agents=dict(stored.agents), calendars=dict(stored.calendars), book={}
    )  # fmt: skip
    agents = [(each, entry) for each in loaded for entry in each.reading.agents]
    versions = stored.versions("agent", [entry.key for _each, entry in agents]) if agents else {}  # fmt: skip
    for item in _items(plan, "agent", agents, stored.agents.get, agent_draft):
        draft = item.draft
        plan.items.append(_kept(item, options, _editor(versions.get(item.key))))
        plan.agents[item.key] = draft.row
    days = [(each, entry) for each in loaded for entry in each.reading.calendars]
    for item in _items(plan, "calendar", days, stored.calendars.get, calendar_draft):
        plan.items.append(_kept(item, options, "it may have been changed by hand"))
        plan.calendars[item.key] = item.draft.row
    _plan_book(plan, loaded, stored, options)
    return plan


def _plan_book(
    plan: OtherPlan, loaded: Sequence[Loaded], stored: Stored, options: Options
) -> None:
    hooks = [(each, entry) for each in loaded for entry in each.reading.webhooks]
    if not hooks and not any(_names_the_book(each) for each in loaded):
        return

    def old(name: str) -> Webhook | None:
        found = stored.book_by_name.get(name, [])
        return found[0] if len(found) == 1 else None

    names = {name: rows[0].pk for name, rows in stored.book_by_name.items()}
    several = {name for name, rows in stored.book_by_name.items() if len(rows) > 1}
    plan.book |= {name: key for name, key in names.items() if name and name not in several}  # fmt: skip
    for item in _items(plan, "webhook", hooks, old, book_draft):
        if item.key in several:
            said = f"several webhooks of the address book are called {item.key!r}: rename them first."  # fmt: skip
            plan.faults.append(Said(file=item.file, line=item.line, path="webhooks", text=said))  # fmt: skip
        plan.items.append(_kept(item, options, "it may have been changed by hand"))
        plan.book.setdefault(item.key, item.key)


def _names_the_book(loaded: Loaded) -> bool:
    return any(
        task.shared_webhooks or task.fields.get("alert_webhook_id") is not None
        for task in loaded.reading.tasks
    )


def _items(
    plan: OtherPlan,
    kind: str,
    entries: Sequence[tuple[Loaded, Entry]],
    old_of: Callable[[str], Any],
    draft_of: Callable[[Entry, Any], Draft],
) -> Iterator[Item]:
    seen: set[str] = set()
    for loaded, entry in entries:
        if entry.key in seen:
            if not entry.only_if_missing:
                plan.faults.append(loaded.fault(entry, "", f"{entry.key!r} stands there twice; leave one of them out."))  # fmt: skip
            continue
        seen.add(entry.key)
        old = old_of(entry.key)
        if old is not None and entry.only_if_missing:
            continue
        draft = draft_of(entry, old)
        plan.faults += [loaded.fault(entry, name, text) for name, text in draft.errors]
        action = Action.CREATE if old is None else Action.CHANGE if draft.changed else Action.UNCHANGED  # fmt: skip
        yield Item(
            kind=kind, key=entry.key, name=str(entry.fields.get("name") or entry.key),
            action=action, fields=tuple(draft.changed), file=file_name(loaded.source),
            line=entry.line or loaded.document.line_of(entry.path), draft=draft,
            mark=str(getattr(old, "version", getattr(old, "updated_at", ""))),
        )  # fmt: skip


def _editor(version: Version | None) -> str:
    """Who changed an agent since it was loaded; "": nobody."""
    if version is None:
        return "it was not loaded from a file"
    if version.note == LOADED or not version.by_name:
        return ""
    return f"changed by {version.by_name} since"


def _kept(item: Item, options: Options, why: str) -> Item:
    if item.action != Action.CHANGE or options.force or not why:
        return item
    told = vars(item) | {"action": Action.KEPT, "note": why}
    return Item(**told)

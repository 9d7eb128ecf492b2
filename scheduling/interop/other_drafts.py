"""Agents, calendars and webhooks of the address book as files want them, beside what is there."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from notifications.models import Webhook
from scheduling import services
from scheduling.interop.formats.base import Entry
from scheduling.interop.masks import unmasked_credentials
from scheduling.interop.values import read_columns, with_value
from scheduling.interop.webhook_drafts import SECRET, drafted_webhook
from scheduling.models import Agent, Calendar

_UTC = ZoneInfo("UTC")


@dataclass(kw_only=True)
class Draft:
    """The row as it is to be, and the names of its columns that change."""

    row: Any
    old: Any
    values: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)

    def check(self, *checks: Any) -> None:
        """Run these checks of the model; nothing is said twice of one field."""
        bad = {name for name, _text in self.errors}
        for check in checks:
            try:
                check()
            except ValidationError as error:
                self.errors += [
                    (name, self._quoted(name, text))
                    for name, texts in error.message_dict.items()
                    for text in texts
                    if name not in bad
                ]

    def _quoted(self, name: str, text: str) -> str:
        is_told = name in (*SECRET, "options", "file")
        return text if is_told else with_value(getattr(self.row, name, ""), text)


def agent_draft(entry: Entry, old: Agent | None) -> Draft:
    """The agent of an entry; credentials that are masked are those that are stored."""
    draft = _drafted(Agent, entry, old)
    row = draft.row
    if "credentials" in draft.values:
        new = (row.backend, row.options)
        row.credentials, text = unmasked_credentials(draft.values["credentials"], new, old)  # fmt: skip
        if text:
            draft.errors.append(("credentials", text))
        draft.values["credentials"] = row.credentials
    _compare(draft)
    bad = {name for name, _text in draft.errors}
    draft.check(lambda: row.clean_fields(exclude=bad), *([] if bad else [row.clean]))
    return draft


def calendar_draft(entry: Entry, old: Calendar | None) -> Draft:
    """The calendar of an entry."""
    draft = _drafted(Calendar, entry, old)
    if not draft.errors:
        draft.check(lambda: services.check_calendar(draft.row))
    draft.values = {name: getattr(draft.row, name) for name in draft.values}
    _compare(draft)
    return draft


def book_draft(entry: Entry, old: Webhook | None) -> Draft:
    """The webhook of the address book of an entry."""
    given = {"name": entry.key, **entry.fields}
    values, changed, errors = drafted_webhook(Webhook, given, old)
    return Draft(row=None, old=old, values=values, changed=changed, errors=errors)


def _drafted(model: Any, entry: Entry, old: Any) -> Draft:
    given: Mapping[str, Any] = entry.fields
    values, errors = read_columns(model, {name: value for name, value in given.items() if name != "id"}, _UTC)  # fmt: skip
    row = copy.copy(old) if old else model(id=entry.key)
    for name, value in values.items():
        setattr(row, name, value)
    return Draft(row=row, old=old, values=values, errors=list(errors.items()))


def _compare(draft: Draft) -> None:
    old, values = draft.old, draft.values
    draft.changed = [name for name, value in values.items() if old is None or getattr(old, name) != value]  # fmt: skip

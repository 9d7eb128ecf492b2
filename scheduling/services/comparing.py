"""What differs between two versions, and what one holds, as people may see it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, TextField
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from notifications.encryption import mask_secret, mask_url
from scheduling.exceptions import Conflict
from scheduling.models import Agent, ScheduledTask, TaskWebhook, Version
from scheduling.services.versions import data_of
from scheduling.versions import Change, changed_fields, line_diff

_OWNERS = {"body_template": None, "chat_id": ""}
"""What of a webhook is shown to its task's owner and to staff alone, and what stands for it."""


def compare(before: Version, after: Version, *, whole: bool = True) -> list[Change]:
    """What differs between two versions of one thing, in the order of its fields.

    Secrets are masked; that one was changed is said. Without `whole` it is for somebody who is
    neither staff nor the owner. Raises `Conflict` when one of them cannot be read.
    """
    return compare_data(after.kind, readable(before), readable(after), whole=whole)


def compare_data(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], *, whole: bool = True
) -> list[Change]:
    """The same of their data."""
    changes: list[Change] = []
    for name in changed_fields(old, new):
        if name == "webhooks":
            changes += _webhook_changes(old[name], new[name], whole=whole)
        elif name == "credentials":
            changes.append(_credential_change(kind, old[name], new[name]))
        else:
            changes.append(_change(kind, name, old[name], new[name]))
    return changes


def shown(version: Version, *, whole: bool = True) -> dict[str, Any]:
    """What the version holds, secrets masked. Raises `Conflict` when it cannot be read."""
    data = dict(readable(version))
    if "webhooks" in data:
        data["webhooks"] = [masked(each, whole=whole) for each in data["webhooks"]]
    if "credentials" in data:
        data["credentials"] = dict.fromkeys(data["credentials"], mask_secret("short"))
    return data


def masked(webhook: Mapping[str, Any], *, whole: bool = True) -> dict[str, Any]:
    """A webhook's entry without its secrets: of the URL the host, of headers the names."""
    entry = dict(webhook)
    if "url" in entry:
        entry["url"] = mask_url(entry["url"])
    if "headers" in entry:
        entry["headers"] = dict.fromkeys(entry["headers"], mask_secret("short"))
    if entry.get("signing_secret"):
        entry["signing_secret"] = mask_secret("short")
    return entry if whole else entry | _OWNERS


def readable(version: Version) -> dict[str, Any]:
    """The version's data, secrets included. Raises `Conflict` when no key reads it."""
    data = data_of(version)
    if data is None:
        raise Conflict(
            _(
                "Version %(number)d cannot be read: the key it was written with is not in FIELD_ENCRYPTION_KEYS."
            )
            % {"number": version.number}
        )
    return data


def label_of(kind: str, name: str) -> str:
    """What people call a field of a version."""
    own = {
        "webhooks": _("Webhooks"),
        "parents": _("After other tasks"),
        "shared_webhooks": _("Webhooks of the address book"),
        "event_triggers": _("Event triggers"),
    }
    if name in own:
        return own[name]
    field = _field(kind, name)
    return capfirst(str(field.verbose_name)) if field is not None else name


def label_of_webhook(name: str) -> str:
    """What people call a field of a webhook."""
    field = _field_of(TaskWebhook, name)
    return capfirst(str(field.verbose_name)) if field is not None else name


def _field(kind: str, name: str) -> Any:
    return _field_of(Agent if kind == Version.Kind.AGENT else ScheduledTask, name)


def _field_of(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)  # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:  # it went with an upgrade
        return None


def _change(kind: str, name: str, old: Any, new: Any) -> Change:
    lines = []
    if isinstance(_field(kind, name), TextField):
        lines = line_diff(old or "", new or "")
    elif isinstance(new, dict) and isinstance(old, dict):
        lines = line_diff(_pretty(old), _pretty(new))
    return Change(name, label_of(kind, name), old, new, lines)


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


def _credential_change(kind: str, old: dict[str, str], new: dict[str, str]) -> Change:
    dots = mask_secret("short")
    return Change(
        "credentials",
        label_of(kind, "credentials"),
        dict.fromkeys(old, dots),
        dict.fromkeys(new, dots),
        is_secret_changed=bool(changed_fields(old, new)),
    )


def _webhook_changes(
    old: list[dict[str, Any]], new: list[dict[str, Any]], *, whole: bool
) -> Iterator[Change]:
    """Each webhook by its id: those that went, those that came, fields of the others."""
    before, after = ({each["id"]: each for each in entries} for entries in (old, new))
    for key in [*before, *(key for key in after if key not in before)]:
        was, now = before.get(key), after.get(key)
        if was is not None and now is not None:
            yield from _fields_of_webhook(key, was, now, whole=whole)
        else:
            yield Change(
                f"webhooks.{key}",
                _webhook_name(now or was or {}),
                masked(was, whole=whole) if was is not None else None,
                masked(now, whole=whole) if now is not None else None,
            )


def _fields_of_webhook(
    key: int, was: dict[str, Any], now: dict[str, Any], *, whole: bool
) -> Iterator[Change]:
    old, new = masked(was, whole=whole), masked(now, whole=whole)
    for name in changed_fields({**dict.fromkeys(now), **was}, now):
        if not whole and name in _OWNERS:
            continue
        yield Change(
            f"webhooks.{key}.{name}",
            f"{_webhook_name(now)}: {label_of_webhook(name)}",
            old.get(name),
            new.get(name),
            is_secret_changed=name in TaskWebhook.SECRETS,
        )


def _webhook_name(webhook: Mapping[str, Any]) -> str:
    name = webhook.get("name") or webhook.get("format") or ""
    return _("Webhook “%(name)s”") % {"name": name}

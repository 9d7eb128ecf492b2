"""A webhook as a file wants it, beside the one that is there."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError

from notifications.models import Webhook
from scheduling.interop.masks import unmasked_webhook
from scheduling.interop.values import read_columns, with_value
from scheduling.models import TaskWebhook

SECRET = ("url", "headers", "signing_secret", "credentials")
"""Values that no error repeats."""


def pairs(
    entries: Sequence[Mapping[str, Any]], there: Sequence[TaskWebhook]
) -> list[TaskWebhook | None]:
    """Which webhook each entry means: by name and format, else the only one of its format."""
    left = list(there)
    found: list[TaskWebhook | None] = [None] * len(entries)
    for names in (("name", "format"), ("format",)):
        for place, entry in enumerate(entries):
            same = [hook for hook in left if all(entry.get(name, "") == getattr(hook, name) for name in names)]  # fmt: skip
            if found[place] is None and same and (len(names) > 1 or len(same) == 1):
                found[place] = same[0]
                left.remove(same[0])
    return found


def drafted_webhook(
    model: type[Webhook], entry: Mapping[str, Any], old: Webhook | None
) -> tuple[dict[str, Any], list[str], list[tuple[str, str]]]:
    """Return the columns that a webhook is to have, the names of those that change, and errors."""
    fields, problems = unmasked_webhook(entry, old)
    known = (*Webhook.EDITABLE, "for_alerts") if model is Webhook else Webhook.EDITABLE
    unknown = {name: f"is unknown; there are: {', '.join(known)}." for name in fields if name not in known}  # fmt: skip
    fields = {name: value for name, value in fields.items() if name in known}
    template = {"body_template": fields.pop("body_template")} if "body_template" in fields else {}  # fmt: skip
    values, errors = read_columns(model, fields, ZoneInfo("UTC"))
    values |= template  # null is a value of it, as is any other JSON
    errors = unknown | errors | problems
    hook: Any = copy.copy(old) if old else model()
    hook.keeps_url = old is not None and values.get("url", old.url) == old.url
    changed = [name for name, value in values.items() if old is None or getattr(old, name) != value]  # fmt: skip
    for name, value in values.items():
        setattr(hook, name, value)
    found = list(errors.items())
    for check in (lambda: hook.clean_fields(exclude={"task", "webhook_ptr", *errors}), hook.clean):  # fmt: skip
        try:
            check()
        except ValidationError as error:
            said = {name for name, _text in found}
            found += [
                (name, _quoted(hook, name, text))
                for name, texts in error.message_dict.items()
                for text in texts
                if name not in said
            ]
    return values, changed, found


def _quoted(hook: Webhook, name: str, text: str) -> str:
    return text if name in SECRET else with_value(getattr(hook, name, ""), text)

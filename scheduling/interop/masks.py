"""Secrets in files: left out unless somebody asks for them, and taken back from what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifications.models import Webhook
from scheduling.credentials import carried_elsewhere, origin
from scheduling.models import Agent

MASK = "***"
_NOTHING = f"“{MASK}” stands for a secret, and none is stored here: give it itself."


def masked_webhook(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a webhook with `MASK` for its secrets."""
    masked = dict(fields)
    for name in ("url", "signing_secret"):
        if masked.get(name):
            masked[name] = MASK
    if masked.get("headers"):
        masked["headers"] = dict.fromkeys(masked["headers"], MASK)
    return masked


def unmasked_webhook(
    fields: Mapping[str, Any], old: Webhook | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields with what `old` has where they are masked; and what is wrong, by name.

    Stored header values never go to another host than the one they were given for.
    """
    filled, problems = dict(fields), {}
    for name in ("url", "signing_secret"):
        if fields.get(name) == MASK:
            filled[name] = getattr(old, name) if old else ""
            if not filled[name]:
                problems[name] = _NOTHING
    headers = fields.get("headers")
    if isinstance(headers, Mapping) and (kept := _masked_names(headers)):
        stored: Mapping[str, str] = old.headers if old else {}
        filled["headers"] = {**headers, **{name: stored.get(name, "") for name in kept}}
        if lost := [name for name in kept if name not in stored]:
            problems["headers"] = f"{lost[0]}: {_NOTHING}"
        elif old and origin(str(filled.get("url", old.url))) != origin(old.url):
            problems["headers"] = (
                f"The URL leads to another host now, and {', '.join(kept)} was given for the "
                "old one: give it again."
            )
    return filled, problems


def masked_credentials(credentials: Mapping[str, Any]) -> dict[str, str]:
    """Return `MASK` for each of the credentials."""
    return dict.fromkeys(credentials, MASK)


def unmasked_credentials(
    given: Mapping[str, Any], new: tuple[str, Any], old: Agent | None
) -> tuple[dict[str, Any], str]:
    """Return the credentials with what `old` has where they are masked; and what is wrong.

    `new` is the backend and the options that the agent is to have.
    """
    kept = _masked_names(given)
    stored: Mapping[str, Any] = old.credentials if old and kept else {}
    filled = {**given, **{name: stored.get(name, "") for name in kept}}
    if lost := [name for name in kept if name not in stored]:
        return filled, f"{lost[0]}: {_NOTHING}"
    if old and kept:
        return filled, carried_elsewhere((old.backend, old.options), new, kept)
    return filled, ""


def _masked_names(texts: Mapping[str, Any]) -> list[str]:
    return sorted(name for name, text in texts.items() if text == MASK)

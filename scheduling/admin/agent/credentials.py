"""The agent's credentials in its form: write-only, one field for each name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from notifications.encryption import DecryptionError
from pages.translation import translated
from scheduling.agents import backend_class
from scheduling.credentials import carried_elsewhere
from scheduling.models import Agent

_LABELS = {
    "api_key": gettext_lazy("API key"),
    "bearer_token": gettext_lazy("Bearer token"),
    "secret_header": gettext_lazy("Secret header (Name: value)"),
}


def locked(agent: Agent) -> str:
    """Why the agent's credentials cannot be read, if so."""
    try:
        _stored = agent.credentials
    except DecryptionError as error:
        return str(error)
    return ""


def given_name(kind: str, name: str) -> str:
    return f"{kind}__new_{name}"


def removed_name(kind: str, name: str) -> str:
    return f"{kind}__remove_{name}"


def more_name(kind: str) -> str:
    return f"{kind}__more_credentials"


def named(kind: str, stored: Iterable[str]) -> list[str]:
    """The credentials that have fields: those with fixed names, and of the others the stored."""
    backend = backend_class(kind)
    others = filter(backend.takes_credential, stored)
    return sorted({*backend.credential_names, *others})


class SecretLines(UnfoldAdminTextareaWidget):  # type: ignore[misc] # unfold ships no types
    """Never shows again what was typed, as a password field."""

    def format_value(self, value: Any) -> str:
        return ""


class Credentials:
    """The credentials' part of `AgentForm`. What is stored is never shown; blank keeps it."""

    def __init__(self, form: Any) -> None:
        self.form, agent = form, form.instance
        self.locked = locked(agent)
        if self.locked:
            agent.credentials = {}  # this form is where they are entered again
        self.stored: dict[str, str] = dict(agent.credentials)

    def add_fields(self, kind: str) -> None:
        """Add to the form what `kind` takes."""
        is_stored_kind = kind == self.form.stored_kind
        backend = backend_class(kind)
        if backend.other_credentials:
            self._add_more(kind, translated(backend.other_credentials))
        for name in self._named(kind):
            is_kept = is_stored_kind and (name in self.stored or bool(self.locked))
            label = _LABELS.get(name) or (
                capfirst(name.replace("_", " "))
                if name in backend.credential_names
                else name
            )
            self.form.fields[given_name(kind, name)] = forms.CharField(
                required=False,
                strip=False,
                label=label,
                help_text=_("Encrypted, and never shown again.")
                + (" " + _("Blank keeps what is stored.") if is_kept else ""),
                widget=UnfoldAdminPasswordWidget(
                    {
                        "autocomplete": "new-password",
                        "placeholder": _("stored ••••") if is_kept else "",
                    }
                ),
            )
            if is_kept:
                self.form.fields[removed_name(kind, name)] = forms.BooleanField(
                    required=False,
                    label=_("Remove what is stored as %(name)s") % {"name": label},
                    widget=UnfoldBooleanWidget,
                )

    def _named(self, kind: str) -> list[str]:
        return named(kind, self.stored if kind == self.form.stored_kind else ())

    def _add_more(self, kind: str, which: str) -> None:
        self.form.fields[more_name(kind)] = forms.CharField(
            required=False,
            label=_("More credentials"),
            help_text=_("One a line, as NAME=value: %(which)s. Never shown again.")
            % {"which": which},
            widget=SecretLines({"rows": 2, "autocomplete": "off", "class": "bb-json"}),
        )

    def _more(self, kind: str) -> dict[str, str]:
        """What was typed into the lines; an error where a name is not taken."""
        found: dict[str, str] = {}
        key = more_name(kind)
        if key not in self.form.fields:
            return found
        for line in self.form.cleaned_data.get(key, "").splitlines():
            name, _equals, value = line.strip().partition("=")
            if value and backend_class(kind).takes_credential(name):
                found[name] = value
            elif line.strip():
                message = _("%(name)s cannot be a credential: give NAME=value.")
                self.form.add_error(key, message % {"name": name[:40]})
        is_lost = bool(self.locked) and kind == self.form.stored_kind
        if is_lost and not found and not backend_class(kind).credential_names:
            self.form.add_error(key, self.locked)  # else they would go without a word
        return found

    def clean(self, kind: str, before: tuple[str, Any], after: tuple[str, Any]) -> None:
        """Put together what the agent gets; `before` and `after` are backend and options."""
        data, kept = self.form.cleaned_data, list[str]()
        credentials = self._more(kind)
        for name in self._named(kind):
            key = given_name(kind, name)
            if given := data.get(key, "").strip():
                credentials[name] = given
            elif name in credentials or data.get(removed_name(kind, name)):
                continue
            elif self.locked and kind == self.form.stored_kind:
                self.form.add_error(key, self.locked)
            elif name in self.stored:
                credentials[name] = self.stored[name]
                kept.append(name)
        for name in kept:
            if message := carried_elsewhere(before, after, [name]):
                self.form.add_error(given_name(kind, name), message)
        self.form.instance.credentials = credentials

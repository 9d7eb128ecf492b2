"""The agent's credentials in its form: write-only, one field for each name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanWidget

from notifications.encryption import DecryptionError
from scheduling.agents import backend_class
from scheduling.credentials import carried_elsewhere
from scheduling.models import Agent

_LABELS = {
    "api_key": gettext_lazy("API key"),
    "bearer_token": gettext_lazy("Bearer token"),
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
        for name in sorted(backend_class(kind).credential_names):
            is_kept = is_stored_kind and (name in self.stored or bool(self.locked))
            label = _LABELS.get(name) or capfirst(name.replace("_", " "))
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

    def clean(self, kind: str, before: tuple[str, Any], after: tuple[str, Any]) -> None:
        """Put together what the agent gets; `before` and `after` are backend and options."""
        data, credentials, kept = self.form.cleaned_data, {}, []
        for name in sorted(backend_class(kind).credential_names):
            key = given_name(kind, name)
            if given := data.get(key, "").strip():
                credentials[name] = given
            elif data.get(removed_name(kind, name)):
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

"""Form fields for secrets: write-only. What is stored is never shown; blank keeps it."""

from __future__ import annotations

import json
from typing import Any

from django import forms


class SecretTextField(forms.CharField):
    """A secret text. Blank leaves the stored one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.PasswordInput(
            attrs={"autocomplete": "off", "placeholder": "unchanged", "size": 60}
        )
        super().__init__(required=False, widget=widget, **kwargs)


class SecretJSONField(forms.JSONField):
    """A JSON object of secrets. Blank leaves the stored one; {} empties it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "placeholder": "unchanged"})
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


def keep_unless_given(form: forms.BaseModelForm[Any], *names: str) -> None:
    """Put the stored secrets back where the form's fields were left blank."""
    for name in names:
        if form.cleaned_data.get(name) in (None, ""):
            form.cleaned_data[name] = getattr(form.instance, name)


def shown(names: dict[str, Any]) -> str:
    """The names that a stored JSON object has, without their values."""
    return json.dumps(dict.fromkeys(names, "••••"), ensure_ascii=False)

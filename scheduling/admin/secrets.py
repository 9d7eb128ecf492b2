"""Form fields for secrets: write-only. What is stored is never shown; blank keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminTextInputWidget

from notifications.encryption import DecryptionError

Rows = list[tuple[str, str]]


class SecretTextField(forms.CharField):
    """A secret text that people must see while they type it. Blank leaves the stored one.

    The form has to take the stored one out of its initial values.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "off", "spellcheck": "false"}
        )
        super().__init__(required=False, widget=widget, **kwargs)


class HeaderRows(forms.Widget):
    """Rows of a header's name and its write-only value; `stored` are the names that have one."""

    template_name = "scheduling/webhook/headers.html"
    stored: Sequence[str] = ()
    SPARE = (
        3  # to fill in without JavaScript, which takes them away and adds rows as asked
    )

    def get_context(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        rows = [
            {"name": header, "value": secret, "stored": header in self.stored}
            for header, secret in value or ()
        ]
        return {
            "name": name,
            "id": (attrs or {}).get("id", ""),
            "rows": rows,
            "spares": range(self.SPARE),
            "input_classes": " ".join(INPUT_CLASSES),
        }

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        # By the engine of the pages: the forms' own knows only the templates of apps.
        return render_to_string(
            self.template_name, self.get_context(name, value, attrs)
        )

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> Rows | None:
        """None when the rows were not on the page: no header is lost by a short form."""
        if self.value_omitted_from_data(data, files, name):
            return None
        names, values = (_all(data, f"{name}-{part}") for part in ("name", "value"))
        pairs = zip_longest(names, values, fillvalue="")
        rows = [(header.strip(), secret.strip()) for header, secret in pairs]
        return [row for row in rows if any(row)]

    def value_omitted_from_data(
        self, data: Mapping[str, Any], files: Any, name: str
    ) -> bool:
        return f"{name}-shown" not in data

    def id_for_label(self, id_: str) -> str:
        return ""


class HeadersField(forms.Field):
    """Rows of name and value; None when the page did not ask. `merged` makes headers of them."""

    widget = HeaderRows

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Rows | None) -> Rows | None:
        seen: set[str] = set()
        for name, _secret in value or ():
            if not name:
                raise forms.ValidationError(_("A value stands there without a name."))
            if name.lower() in seen:
                raise forms.ValidationError(
                    _("“%(name)s” is there twice: a header has one value."),
                    params={"name": name},
                )
            seen.add(name.lower())
        return value

    def has_changed(self, initial: Any, data: Rows | None) -> bool:
        return data is not None and data != list(initial or ())


def merged(rows: Rows | None, stored: Mapping[str, str]) -> dict[str, str]:
    """Headers of `rows`, a blank value taken from `stored`; without rows all that is stored.

    Raises `ValidationError` for a blank value with nothing behind it.
    """
    if rows is None:
        return dict(stored)
    known = {name.lower(): value for name, value in stored.items()}
    for name, value in rows:
        if not value and name.lower() not in known:
            raise forms.ValidationError(
                _("“%(name)s” is new: give its value."), params={"name": name}
            )
    return {name: value or known[name.lower()] for name, value in rows}


def blank_locked(row: Model, blanks: Mapping[str, Any]) -> dict[str, str]:
    """Blank those secrets of `row` that no key can read. Returns why, by field."""
    locked = {}
    for name, blank in blanks.items():
        try:
            getattr(row, name)
        except DecryptionError as error:
            setattr(row, name, blank)
            locked[name] = str(error)
    return locked


def _all(data: Mapping[str, Any], name: str) -> list[str]:
    many = getattr(data, "getlist", None)
    if many is not None:
        return [str(each) for each in many(name)]
    found = data.get(name, [])
    return [found] if isinstance(found, str) else list(found)

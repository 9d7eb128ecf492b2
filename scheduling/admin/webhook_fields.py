"""Fields of a webhook's form that are more than one line of text."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from scheduling.admin.secrets import SecretTextField
from scheduling.admin.task.own_options import OwnOptionsField
from scheduling.admin.task.schedule_inputs import LengthField
from signals.sanitise import clean_text


class OptionsField(OwnOptionsField):
    """A JSON object, {} when it is blank."""

    widget = UnfoldAdminTextareaWidget({"rows": 2, "class": "bb-template", "spellcheck": "false", "placeholder": '{"max_messages": 5}'})  # fmt: skip

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if not isinstance(cleaned, dict):
            text = _('Must be a JSON object, such as {"max_messages": 5}.')
            raise forms.ValidationError(text)
        return cleaned


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 2, "class": "bb-template", "spellcheck": "false"}
        widget = UnfoldAdminTextareaWidget(attrs)
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        return _lines(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(data) != list(initial or [])


class PeriodField(LengthField):
    """A length of time, or None for none; one that nobody touched is not a change."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except forms.ValidationError:
            return True


class ZoneInput(UnfoldAdminTextInputWidget):  # type: ignore[misc] # unfold ships no types
    """The name of a zone. The names to choose from are added once for all inputs by webhooks.js:
    with each of twenty webhooks they would be ten thousand lines of the page.
    """

    def __init__(self) -> None:
        attrs = {
            "list": "bb-zones",
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": "Asia/Ho_Chi_Minh",
        }
        super().__init__(attrs)


class SigningSecretInput(forms.TextInput):
    """A text, and a button that makes a new secret in the browser (webhooks.js)."""

    def render(
        self, name: str, value: Any, attrs: Any = None, renderer: Any = None
    ) -> SafeString:
        context = {
            "name": name,
            "value": value or "",
            "attrs": attrs or {},
            "described_by": (attrs or {}).get("aria-describedby", ""),
            "input_classes": " ".join(INPUT_CLASSES),
        }
        return render_to_string("scheduling/webhook/signing_secret.html", context)


class SigningSecretField(SecretTextField):
    """Write-only, as other secrets are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget = SigningSecretInput()


def _lines(text: object) -> list[str]:
    lines = (line.strip() for line in clean_text(str(text or "")).splitlines())
    return [line for line in lines if line]

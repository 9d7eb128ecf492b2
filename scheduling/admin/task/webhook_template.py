"""The field of a webhook's JSON template: pretty, and with its faults by line and column."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from notifications.formatters.template import NO_OBJECT, json_fault
from pages.translation import translated
from signals.sanitise import clean_json


class TemplateField(forms.JSONField):
    """A JSON object, or None when it is blank."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(
            attrs={"rows": 8, "class": "bb-template", "spellcheck": "false"}
        )
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            template = clean_json(json.loads(value, parse_constant=_refuse))
        except json.JSONDecodeError as error:
            raise forms.ValidationError(translated(json_fault(error))) from error
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is no JSON that others can read: %(problem)s."),
                params={"problem": error},
            ) from error
        if not isinstance(template, dict):
            raise forms.ValidationError(translated(NO_OBJECT))
        return template

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, however wrong it is."""
        return data

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)

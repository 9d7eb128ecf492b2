"""The field of a webhook's JSON template: pretty, and with its faults by line and column."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from signals.sanitise import clean_json

_PROBLEMS = {
    "Expecting ',' delimiter": _("a comma or a closing bracket is missing"),
    "Expecting ':' delimiter": _("a colon is missing"),
    "Expecting value": _("a value is missing"),
    "Expecting property name enclosed in double quotes": _(
        "a name in double quotes is missing"
    ),
    "Unterminated string starting at": _("a text has no closing quote"),
    "Invalid control character at": _("a line ends inside a text: write \\n for it"),
    "Invalid \\escape": _("a backslash stands before a letter that needs none"),
    "Extra data": _("there is more text after the end"),
}


class TemplateField(forms.JSONField):
    """A JSON tree, or None when it is blank."""

    def __init__(self, **kwargs: Any) -> None:
        widget = UnfoldAdminTextareaWidget(
            attrs={"rows": 8, "class": "bb-template", "spellcheck": "false"}
        )
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return clean_json(json.loads(value, parse_constant=_refuse))
        except json.JSONDecodeError as error:
            problem = _PROBLEMS.get(error.msg, error.msg)
            raise forms.ValidationError(
                _("This is no JSON: line %(line)d, column %(column)d: %(problem)s."),
                params={
                    "line": error.lineno,
                    "column": error.colno,
                    "problem": problem,
                },
            ) from error
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is no JSON that others can read: %(problem)s."),
                params={"problem": error},
            ) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, however wrong it is."""
        return data

    def prepare_value(self, value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)

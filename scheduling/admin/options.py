"""Form fields for the options of an agent backend, made from its pydantic model.

Each field holds a text, as the browser sends it, and cleans it to the option's value; None
means that the option is not set. Whether a value is allowed is for the model to say
(`scheduling.admin.option_errors`), so that form and API agree.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _
from pydantic.fields import FieldInfo
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from pages.translation import translated
from scheduling.agents import backend_class


class OptionField(forms.CharField):
    """A text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(empty_value=None, **kwargs)

    def fits(self, value: object) -> bool:
        """Whether this field can show `value` and give it back as it is."""
        return isinstance(value, str)

    def text_of(self, value: Any) -> str:
        return str(value)

    def value_of(self, text: str) -> Any:
        """Return what `text` means. Raises `ValidationError` in plain words."""
        return text

    def clean(self, value: Any) -> Any:
        text = self.to_python(value)
        if text is None:
            return None
        self.run_validators(text)
        return self.value_of(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return _lines(initial) != _lines(data)


class WholeNumberField(OptionField):
    def fits(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def value_of(self, text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            message = _("%(given)s is no whole number.") % {"given": text[:40]}
            raise ValidationError(message) from error


class NumberField(OptionField):
    def fits(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def value_of(self, text: str) -> int | float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            message = _("%(given)s is no number.") % {"given": text[:40]}
            raise ValidationError(message)
        return int(number) if number.is_integer() else number


class ChoiceField(OptionField):
    """One of a few values; `words` are what people read."""

    def __init__(self, *, words: Mapping[Any, Any], blank: str, **kwargs: Any) -> None:
        # By the text, and beside it the type, because 1 == True.
        self.known = {self.text_of(value): value for value in words if value != ""}
        choices = [("", blank)]
        choices += [(self.text_of(each), words[each]) for each in self.known.values()]
        widget = UnfoldAdminSelectWidget(choices=choices)
        super().__init__(widget=widget, **kwargs)

    def fits(self, value: object) -> bool:
        known = self.known.get(self.text_of(value))
        return known == value and type(known) is type(value)

    def text_of(self, value: Any) -> str:
        return json.dumps(value) if isinstance(value, bool) else str(value)

    def value_of(self, text: str) -> Any:
        if text not in self.known:
            message = _("%(given)s is not possible: choose from the list.")
            raise ValidationError(message % {"given": text[:40]})
        return self.known[text]


class LinesField(OptionField):
    """A list of texts, one a line; or as JSON, as the API and the guides have it."""

    def fits(self, value: object) -> bool:
        return isinstance(value, list) and all(
            isinstance(each, str) and each.splitlines() == [each] for each in value
        )

    def text_of(self, value: Any) -> str:
        text = "\n".join(value)
        return text if self.value_of(text) == value else json.dumps(value)

    def value_of(self, text: str) -> list[str]:
        if text.startswith("["):
            with contextlib.suppress(ValueError, RecursionError):
                if self.fits(given := json.loads(text)):
                    return list(given)
        return [line.strip() for line in text.splitlines() if line.strip()]


class JsonField(OptionField):
    """Any other shape, as JSON."""

    def fits(self, value: object) -> bool:
        return True

    def text_of(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2)

    def value_of(self, text: str) -> Any:
        try:
            return json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                _("This is no JSON: %(reason)s.") % {"reason": error}
            ) from error


def option_fields(kind: str) -> dict[str, OptionField]:
    """Return a field for each option of the backend called `kind`, by the option's name."""
    options = backend_class(kind).options_class
    schema = options.model_json_schema()
    return {
        name: _field(name, info, _resolved(schema["properties"][name], schema))
        for name, info in options.model_fields.items()
    }


def _field(name: str, info: FieldInfo, shape: dict[str, Any]) -> OptionField:
    required = info.is_required()
    default = "" if required or info.default_factory else info.default
    words = {
        "label": translated(info.title) if info.title else _as_label(name),
        "help_text": " ".join(filter(None, (translated(info.description or ""), _limits(shape), _possible(shape)))),
        # For the mark; that it is given is for the model to say.
        "required": required,
    }  # fmt: skip
    if shape.get("enum") or shape.get("type") == "boolean":
        return ChoiceField(words=_choices(shape), blank=_blank(info, shape), **words)
    field = _FIELDS.get(_kind(shape), JsonField)
    widget = _widget(name, field, shape)
    if default not in ("", None):
        widget.attrs["placeholder"] = field().text_of(default)
    return field(widget=widget, **words)


_BOUNDS = {
    "minimum": gettext_noop("At least %(minimum)s."),
    "exclusiveMinimum": gettext_noop("More than %(exclusiveMinimum)s."),
    "maximum": gettext_noop("At most %(maximum)s."),
    "exclusiveMaximum": gettext_noop("Less than %(exclusiveMaximum)s."),
}
_FIELDS: dict[str, type[OptionField]] = {
    "string": OptionField,
    "integer": WholeNumberField,
    "number": NumberField,
    "strings": LinesField,
}


_EXAMPLES = {"object": '{"name": "value"}', "objects": '[{"name": "value"}]'}


def _kind(shape: Mapping[str, Any]) -> str:
    items = shape.get("items", {})
    if shape.get("type") == "array" and items.get("type") == "string":
        return "strings"
    if shape.get("type") == "array" and "$ref" in items:
        return "objects"
    return str(shape.get("type", ""))


def _widget(name: str, field: type[OptionField], shape: Mapping[str, Any]) -> Any:
    if field in (WholeNumberField, NumberField):
        mode = "numeric" if field is WholeNumberField else "decimal"
        return UnfoldAdminTextInputWidget({"inputmode": mode, "autocomplete": "off"})
    if field is OptionField and name.endswith("url"):
        return UnfoldAdminTextInputWidget(
            {"inputmode": "url", "placeholder": "https://"}
        )
    if field is OptionField and "maxLength" in shape:
        return UnfoldAdminTextInputWidget()
    if field is OptionField:
        return UnfoldAdminExpandableTextareaWidget({"rows": 1})
    attrs = {"rows": 3, "placeholder": _("One a line")}
    if field is JsonField:
        attrs |= {"class": "bb-json", "spellcheck": "false"}
        attrs["placeholder"] = _EXAMPLES.get(_kind(shape), "")
    return UnfoldAdminTextareaWidget(attrs)


def _resolved(shape: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """`shape` without its "or null" and with its reference looked up."""
    parts = [each for each in shape.get("anyOf", []) if each.get("type") != "null"]
    if len(parts) == 1:
        shape = parts[0]
    if reference := shape.get("$ref"):
        shape = schema["$defs"][reference.rsplit("/", 1)[-1]]
    if "const" in shape:
        shape = {**shape, "enum": [shape["const"]]}
    return shape


def _choices(shape: Mapping[str, Any]) -> dict[Any, Any]:
    if "enum" in shape:
        return {value: value for value in shape["enum"]}
    return {True: _("Yes"), False: _("No")}


def _blank(info: FieldInfo, shape: Mapping[str, Any]) -> str:
    """What the empty choice is called."""
    if info.is_required():
        return _("Choose…")
    if info.default in (None, ""):
        return _("Not set")
    return _("Not set (%(default)s)") % {"default": _choices(shape)[info.default]}


def _limits(shape: Mapping[str, Any]) -> str:
    """The bounds of a number, in words."""
    bounds = {key: shape[key] for key in _BOUNDS if key in shape}
    if bounds.keys() == {"minimum", "maximum"}:
        return _("From %(minimum)s to %(maximum)s.") % bounds
    return " ".join(gettext(_BOUNDS[key]) % {key: bounds[key]} for key in bounds)


def _possible(shape: Mapping[str, Any]) -> str:
    """What the lines of a list can be, where only a few can."""
    known = shape["items"].get("enum", ()) if _kind(shape) == "strings" else ()
    return _("Possible: %(known)s.") % {"known": ", ".join(known)} if known else ""


def _as_label(name: str) -> str:
    return str(capfirst(name.replace("_", " ")))


def _lines(text: Any) -> str:
    """The text as it is without what browsers do to line ends."""
    return "\n".join(str(text or "").splitlines()).strip()


def _refuse(name: str) -> Any:
    raise ValueError(name)

"""Inputs of Backbeat's forms in unfold's dress, and how a stored value stands in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    CHECKBOX_CLASSES,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

UNITS: tuple[tuple[int, Any], ...] = (
    (1, _("seconds")),
    (60, _("minutes")),
    (3600, _("hours")),
    (86400, _("days")),
)
"""Units of a length of time, by their seconds."""


class SearchSelect(UnfoldAdminSelect2Widget):  # type: ignore[misc] # unfold ships no types
    """A select with a search box; without JavaScript a plain select."""


class TagSelect(forms.SelectMultiple):
    """Words: chosen from those there are, or typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        chosen = {
            "class": "unfold-admin-autocomplete",
            "data-theme": "admin-autocomplete",
            "data-tags": "true",
            "data-token-separators": '[","]',
            "data-width": "100%",
        }
        super().__init__({**chosen, **(attrs or {})})

    @property
    def media(self) -> forms.Media:
        media: forms.Media = SearchSelect().media
        return media


class WeekdayBoxes(forms.CheckboxSelectMultiple):
    """Seven boxes with the weekdays' names, in a group that is named for screen readers."""

    template_name = "scheduling/task/weekdays.html"

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: Any = None,
    ) -> SafeString:
        """Through the project's templates: the forms' own engine does not look there."""
        context = self.get_context(name, value, attrs)
        context["box_classes"] = " ".join(CHECKBOX_CLASSES)
        context["described_by"] = context["widget"]["attrs"].get("aria-describedby")
        return render_to_string(self.template_name, context)


class LengthInput(forms.MultiWidget):
    """A length of time: a number and its unit."""

    template_name = "unfold/widgets/split_money.html"  # two inputs side by side

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        number = UnfoldAdminIntegerFieldWidget({"min": 1, "aria-label": _("How many")})
        unit = UnfoldAdminSelectWidget({"aria-label": _("Unit")}, choices=UNITS)
        super().__init__([number, unit], attrs)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: Any) -> list[Any]:
        """Seconds in the largest unit that leaves no rest."""
        if not isinstance(value, int) or value < 1:
            return [None, 60]
        unit = max(seconds for seconds, _name in UNITS if value % seconds == 0)
        return [value // unit, unit]


class WallTimeInput(UnfoldAdminTextInputWidget):  # type: ignore[misc] # unfold ships no types
    """A date and a time on the wall, with the browser's own picker."""

    input_type = "datetime-local"

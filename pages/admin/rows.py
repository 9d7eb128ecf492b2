"""Lists drawn by templates: unfold's own works out headers, classes and checkboxes for every row.

A list is a `DrawnList`: the cell of the column `x` is drawn by `<cells>/x.html`, which gets `row`
and, as `value`, what the column's method or field says; a column without a template shows that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.template.loader import select_template
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.templatetags.unfold_list import (
    CHECKBOX_CLASSES,
    ROW_CLASSES,
    result_headers,
)
from unfold.views import ChangeList
from unfold.widgets import UnfoldBooleanWidget

from pages.templatetags.addresses import address

_HERE = "admin/rows"
_SELECT = _("Select record")


@dataclass(frozen=True, slots=True)
class Column:
    """What all cells of a column have in common."""

    attributes: str
    template: Any
    value_of: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: the object, the address of its page, its cells."""

    instance: Any
    page: str
    cells: list[tuple[Column, Any]]


class DrawnChangeList(ChangeList):  # type: ignore[misc] # unfold ships no types
    """A page of a list, as `templates/admin/rows/table.html` draws it."""

    @cached_property
    def tick_attributes(self) -> str:
        """What all boxes that select a row have in common."""
        box = UnfoldBooleanWidget({"class": "action-select"})
        return flatatt({**box.attrs, "aria-label": str(_SELECT)})

    @cached_property
    def headers(self) -> list[dict[str, Any]]:
        return list(result_headers(self))

    def sorted_columns(self) -> int:
        return sum(1 for header in self.headers if header.get("sorted"))

    def rows(self) -> Iterator[Row]:
        """The rows of this page, each as it is asked for."""
        columns = [
            self._column(name, header["text"])
            for name, header in zip(self.list_display, self.headers, strict=True)
        ]
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        kept = self._kept_filters(page)
        for instance in self.result_list:
            cells = [(column, column.value_of(instance)) for column in columns]
            yield Row(instance, address(page, instance.pk) + kept, cells)

    def _column(self, name: str, label: Any) -> Column:
        classes = [f"field-{name}", *ROW_CLASSES]
        if name == "action_checkbox":  # whose header is a checkbox too
            label, classes = _SELECT, CHECKBOX_CLASSES
        is_head = name in (self.list_display_links or ())
        plain = "link" if is_head else "plain"
        drawn = (
            f"{self.model_admin.cells}/{name}",
            f"{_HERE}/{name}",
            f"{_HERE}/{plain}",
        )
        attributes = {"class": " ".join(classes), "data-label": str(label)}
        if is_head:
            attributes["role"] = "rowheader"
        return Column(
            flatatt(attributes),
            select_template([f"{each}.html" for each in drawn]),
            getattr(self.model_admin, name, None) or attrgetter(name),
        )

    def _kept_filters(self, page: str) -> str:
        """What every row's address ends with, so that saving leads back to the list as it was."""
        plain = address(page, 0)
        context = {"preserved_filters": self.preserved_filters, "opts": self.opts}
        whole: str = add_preserved_filters(
            context, plain, popup=self.is_popup, to_field=self.to_field
        )
        return whole.removeprefix(plain)


class DrawnList(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """A list whose rows nobody edits in place. `cells` is the folder of its cells' templates."""

    cells: str
    change_list_template = "admin/rows/list.html"

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[DrawnChangeList]:
        return DrawnChangeList

    def action_checkbox(self, obj: Any) -> Any:
        """Only which row it is of; unfold would draw the box, by a form's widget for each row."""
        return obj.pk

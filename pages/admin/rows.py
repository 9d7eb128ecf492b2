"""Lists drawn by templates: unfold's own works out headers, classes and checkboxes for every row.

A list is a `DrawnList`: the cell of the column `x` is drawn by `<cells>/x.html`, which gets `row`
and, as `value`, what the column's method or field says; a column without a template shows that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.template.loader import select_template
from unfold.admin import ModelAdmin
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, ROW_CLASSES
from unfold.widgets import UnfoldBooleanWidget

from pages.addresses import address

TICK_CLASSES: str = UnfoldBooleanWidget({"class": "action-select"}).attrs["class"]


class DrawnList(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """A list of rows that no one edits in place. `cells` is the folder of its cells' templates."""

    cells: str
    change_list_template = "admin/rows/list.html"


@dataclass(frozen=True, slots=True)
class Column:
    """What all cells of a column have in common."""

    label: Any
    classes: str
    is_head: bool
    template: Any
    value_of: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a page: the object, the address of its page, its cells."""

    instance: Any
    page: str
    cells: list[tuple[Column, Any]]


def columns_of(cl: Any, headers: list[dict[str, Any]]) -> list[Column]:
    """The columns of the list `cl` under unfold's `headers`."""
    return [
        _column(cl, name, header["text"])
        for name, header in zip(cl.list_display, headers, strict=True)
    ]


def rows_of(cl: Any, columns: list[Column]) -> Iterator[Row]:
    """The rows of the page that `cl` shows, with every value worked out."""
    page = f"admin:{cl.opts.app_label}_{cl.opts.model_name}_change"
    kept = _kept_filters(cl, page)
    for instance in cl.result_list:
        cells = [(column, column.value_of(instance)) for column in columns]
        yield Row(instance, address(page, instance.pk) + kept, cells)


def _column(cl: Any, name: str, label: Any) -> Column:
    own = getattr(cl.model_admin, name, None)
    is_head = name in (cl.list_display_links or ())
    templates = [f"{cl.model_admin.cells}/{name}.html"]
    if name == "action_checkbox":
        templates, own = ["admin/rows/tick.html"], _nothing
    templates.append("admin/rows/link.html" if is_head else "admin/rows/plain.html")
    shared = CHECKBOX_CLASSES if name == "action_checkbox" else ROW_CLASSES
    return Column(
        label=label,
        classes=" ".join((f"field-{name}", *shared)),
        is_head=is_head,
        template=select_template(templates),
        value_of=own or (lambda row: getattr(row, name)),
    )


def _nothing(_row: Any) -> None:
    """A checkbox says nothing but which row it is of."""


def _kept_filters(cl: Any, page: str) -> str:
    """What every row's address ends with, so that saving leads back to the list as it was."""
    plain = address(page, "0")
    context = {"preserved_filters": cl.preserved_filters, "opts": cl.opts}
    whole: str = add_preserved_filters(context, plain, popup=cl.is_popup, to_field=cl.to_field)  # fmt: skip
    return whole.removeprefix(plain)

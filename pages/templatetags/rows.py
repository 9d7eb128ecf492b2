"""Lists drawn by templates: `{% load rows %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from unfold.templatetags.unfold_list import result_headers

from pages import addresses
from pages.admin.rows import TICK_CLASSES, columns_of, rows_of

register = template.Library()

register.simple_tag(addresses.address)


@register.inclusion_tag("admin/rows/table.html", takes_context=True)
def rows(context: Context, cl: Any) -> dict[str, Any]:
    """The page of the `DrawnList` that `cl` shows, as a table."""
    headers = list(result_headers(cl))
    return {
        "cl": cl,
        "result_headers": headers,
        "num_sorted_fields": sum(1 for each in headers if each.get("sorted")),
        "rows": rows_of(cl, columns_of(cl, headers)),
        "tick_classes": TICK_CLASSES,
        "actions_row": context.get("actions_row"),
    }

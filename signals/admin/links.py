"""Links to the pages of other apps, known by the names of their URLs only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse

TASK_PAGE = "admin:scheduling_scheduledtask_change"
RUN_PAGE = "admin:scheduling_run_change"


def links_to(request: HttpRequest, page: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the addresses on the admin's `page` of those of `keys` that have a row.

    Programs hand in signals with ids of their own, so not every key does. Empty when the
    reader may not look at them. One query.
    """
    try:
        view: Any = resolve(reverse(page, args=["any"])).func
    except NoReverseMatch:
        return {}
    rows = view.model_admin
    if not rows.has_view_permission(request):
        return {}
    parsed = {key: pk for key in keys if (pk := _parsed(rows.model, key)) is not None}
    if not parsed:
        return {}
    there = set(
        rows.model.objects.filter(pk__in=set(parsed.values())).values_list(
            "pk", flat=True
        )
    )
    return {key: reverse(page, args=[pk]) for key, pk in parsed.items() if pk in there}


def _parsed(model: Any, key: str) -> Any:
    """`key` as a primary key of `model`; None when it cannot be one."""
    try:
        return model._meta.pk.to_python(key) if key else None  # noqa: SLF001 -- Django's documented API
    except ValidationError:
        return None

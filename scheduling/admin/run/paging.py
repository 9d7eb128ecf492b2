"""Pages of a history that grows without end."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST = 10_000
"""So many rows are counted and paged through; what is older is found by the filters."""


class CappedPaginator(Paginator):  # type: ignore[type-arg] # not subscriptable at run time
    """Counts no further than `MOST`, so that a page costs the same however long history is."""

    template_name = "scheduling/run/pagination.html"

    object_list: QuerySet[Any]

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by()[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST)

    @property
    def is_capped(self) -> bool:
        return self._counted > MOST

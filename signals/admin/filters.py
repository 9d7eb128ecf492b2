"""What the list of signal outputs can be narrowed to; the URL keeps it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.utils import parse_date_str


class DaysFilter(RangeDateFilter):  # type: ignore[misc] # unfold ships no types
    """The instants of some days, both ends included, in the reader's zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.parameter_name
        first = parse_date_str(self.used_parameters.get(f"{name}_from", ""))
        last = parse_date_str(self.used_parameters.get(f"{name}_to", ""))
        # The days at both ends of the calendar are beyond it in some zones.
        if first and first > date.min:
            queryset = queryset.filter(**{f"{name}__gte": _midnight(first)})
        if last and last < date.max:
            after = _midnight(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{name}__lt": after})
        return queryset


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

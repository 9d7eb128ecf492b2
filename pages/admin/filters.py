"""What the lists of all apps can be narrowed to; the URL keeps it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from unfold.contrib.filters.admin import RangeDateFilter


class DaysFilter(RangeDateFilter):  # type: ignore[misc] # unfold ships no types
    """Whole days in the reader's zone, both ends included."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day(request, "from"), self._day(request, "to")
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _midnight(first)})
        if last:
            after = _midnight(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def _day(self, request: HttpRequest, end: str) -> date | None:
        value = self.used_parameters.get(f"{self.field_path}_{end}")
        try:
            day: date | None = forms.DateField(required=False).clean(value)
        except ValidationError:
            text = gettext("“%(value)s” is not a date: write it like %(example)s.")
            example = timezone.localdate().isoformat()
            messages.error(request, text % {"value": value, "example": example})
            return None
        # These are beyond the calendar in some zones.
        return day if day not in (date.min, date.max) else None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

"""Filters of lists that more than one of them has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class _InstantField(IsoDateTimeField):  # type: ignore[misc]  # django-filter has no types
    """A moment that a database can compare: not of the year 1 or 9999 by its offset alone."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:
            raise forms.ValidationError(self.error_messages["invalid"]) from error


class InstantFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]  # as above
    """A bound in time. What is no moment, or one out of reach, is refused by name."""

    field_class: Any = _InstantField

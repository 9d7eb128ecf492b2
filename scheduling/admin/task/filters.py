"""What the list of tasks can be narrowed to; the URL keeps it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from scheduling.admin.task.state import State, in_state
from scheduling.models import Run, ScheduledTask

Tasks = QuerySet[ScheduledTask]


class StateFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: Tasks) -> Tasks:
        if self.value() not in State.values:
            return queryset
        return queryset.filter(in_state(State(self.value()), timezone.now()))


class LastResultFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("last result")
    parameter_name = "last_status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(status.value, status.label) for status in Run.FINAL]

    def queryset(self, request: HttpRequest, queryset: Tasks) -> Tasks:
        return queryset.filter(last_status=self.value()) if self.value() else queryset

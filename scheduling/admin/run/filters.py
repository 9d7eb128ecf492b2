"""What history can be narrowed to; the URL keeps it. Each asks a question that an index answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    DropdownFilter,
)

from scheduling.models import Run

Runs = QuerySet[Run]


class ReasonFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    """Why a run failed or a slot was not used."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(dict(Run.SkipReason.choices + Run.FailureReason.choices).items())

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        if not self.value():
            return queryset
        # With the status, which has an index; the reasons have none.
        wanted = Q(status=Run.Status.FAILED, failure_reason=self.value()) | Q(
            status=Run.Status.SKIPPED, skip_reason=self.value()
        )
        if self.value() not in Run.FailureReason.values:
            wanted = Q(status=Run.Status.SKIPPED, skip_reason=self.value())
        elif self.value() not in Run.SkipReason.values:
            wanted = Q(status=Run.Status.FAILED, failure_reason=self.value())
        return queryset.filter(wanted)


class OneOfMany(AutocompleteSelectFilter):  # type: ignore[misc] # unfold ships no types
    """One task or agent out of thousands, looked up while typing."""

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            # The name alone: an agent's wrong key must not take the page with it.
            field.queryset = field.queryset.only("pk", "name")
            yield choice

"""Runs: history, read-only; cancel and rerun as actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from pages.admin.parts import ReadOnly
from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Run

LARGE_COLUMNS = ("output", "output_data", "system_prompt", "input_message", "error_trace", "metadata")  # fmt: skip
"""What the list does not show and must not load, a hundred times a page."""


@admin.register(Run)
class RunAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("created_at", "task_name", "trigger", "scheduled_for", "status", "reason", "duration", "cost")  # fmt: skip
    list_filter = ("status", "trigger")
    search_fields = ("task_ref", "task_name")
    date_hierarchy = "created_at"
    exclude = ("lease_token",)
    readonly_fields = ("duration",)
    actions = ("cancel", "rerun")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        runs: QuerySet[Run] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            return runs.defer(*LARGE_COLUMNS)
        return runs

    @admin.display(description="Why")
    def reason(self, run: Run) -> str:
        return run.get_failure_reason_display() or run.get_skip_reason_display()

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Cancel and rerun are for those who may change runs; nobody edits one."""
        return request.user.has_perm("scheduling.change_run")

    @admin.action(description="Cancel the selected runs", permissions=["operate"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._each(request, queryset, services.cancel_run, "Cancelling")

    @admin.action(description="Run the selected ones again", permissions=["operate"])
    def rerun(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        self._each(request, queryset, services.rerun, "Queued again:")

    def _each(
        self,
        request: HttpRequest,
        runs: QuerySet[Run],
        verb: Callable[..., Any],
        done: str,
    ) -> None:
        count = 0
        for run in runs.select_related("task"):
            try:
                verb(run, user=request.user)
                count += 1
            except Conflict as error:
                self.message_user(request, f"{run}: {error}", messages.WARNING)
        self.message_user(request, f"{done} {count} runs.")

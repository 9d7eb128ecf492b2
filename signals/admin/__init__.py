"""Signal outputs in the admin: read-only, because jobs move them."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from signals.models import SignalOutput


@admin.register(SignalOutput)
class SignalOutputAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("created_at", "ticker", "event_type", "event_date", "source", "status", "task_name")  # fmt: skip
    list_filter = ("status", "event_type", "source")
    search_fields = ("ticker", "event_type", "task_id", "run_id")
    date_hierarchy = "created_at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: SignalOutput | None = None
    ) -> bool:
        return False

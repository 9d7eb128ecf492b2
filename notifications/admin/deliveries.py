"""Deliveries and their attempts: read-only, but for replay."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from notifications import services
from notifications.exceptions import Conflict
from notifications.models import Attempt, Delivery
from pages.admin.parts import ReadOnly
from signals.sanitise import cap_text

_SHOWN_CHARS = 20_000


class AttemptInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold ships no types
    model = Attempt
    fields = ("number", "part", "started_at", "duration_ms", "status_code", "response", "error")  # fmt: skip
    extra = 0


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("created_at", "webhook_name", "format", "status", "attempts_made", "error")  # fmt: skip
    list_filter = ("status", "format")
    search_fields = ("task_id", "run_id")
    # Not the webhook itself: a wrong key for its URL would take the page down with it.
    exclude = ("lease_token", "webhook", "payload")
    readonly_fields = ("content",)
    inlines = (AttemptInline,)
    actions = ("replay",)
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("payload")

    @admin.display(description="Payload")
    def content(self, delivery: Delivery) -> str:
        """The beginning: an output may have ten megabytes."""
        text = json.dumps(delivery.payload, ensure_ascii=False, indent=2)
        return cap_text(text, _SHOWN_CHARS)[0]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Who may change deliveries may replay them; the rows themselves nobody edits."""
        return bool(request.user.has_perm("notifications.change_delivery"))

    @admin.action(description="Replay the selected deliveries", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        replayed = 0
        for delivery in queryset:
            try:
                services.replay(delivery, user=request.user)
                replayed += 1
            except Conflict as error:
                self.message_user(request, f"{delivery}: {error}", messages.WARNING)
        self.message_user(request, f"Replaying {replayed} deliveries.")

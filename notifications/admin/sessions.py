"""Chat sessions: read-only."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from notifications.models import ChatMessage, ChatSession
from pages.admin.parts import ReadOnly


class ChatMessageInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold ships no types
    model = ChatMessage
    fields = ("created_at", "role", "content")
    extra = 0


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("created_at", "user_id", "title", "read_at")
    search_fields = ("title", "user_id", "task_id")
    inlines = (ChatMessageInline,)
    show_full_result_count = False

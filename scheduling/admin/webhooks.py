"""The webhooks of all tasks: looked at here, changed on their task's page."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from pages.admin.parts import ReadOnly
from scheduling.models import TaskWebhook


@admin.register(TaskWebhook)
class TaskWebhookAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("name", "task", "format", "notify_on", "active")
    exclude = ("url", "headers")

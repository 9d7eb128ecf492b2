"""The list of tasks: columns, filters, search."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from scheduling.models import ScheduledTask


class TaskList(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The list's part of `ScheduledTaskAdmin`."""

    list_display = ("name", "agent", "in_words", "next_run", "last_status", "last_run_at", "active")  # fmt: skip
    list_filter = ("active", "schedule_type", "agent", "last_status")
    search_fields = ("id", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledTask]:
        # Without the agents' credentials: one wrong key must not take the whole page with it.
        tasks: QuerySet[ScheduledTask] = super().get_queryset(request)
        return tasks.select_related("agent").defer("agent__credentials")

    @admin.display(description="Schedule")
    def in_words(self, task: ScheduledTask) -> str:
        try:
            return task.schedule.describe()
        except ValueError as error:
            return str(error)

    @admin.display(description="Next run", ordering="next_run_at")
    def next_run(self, task: ScheduledTask) -> str:
        if task.next_run_at is None:
            return "–"
        try:
            zone = task.schedule.zone
        except ValueError as error:
            return f"{task.next_run_at:%Y-%m-%d %H:%M:%S} UTC ({error})"
        local = timezone.localtime(task.next_run_at, zone)
        return f"{local:%Y-%m-%d %H:%M:%S} ({task.timezone})"

"""What people do to tasks: run now, clone, pause, resume."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask


class TaskActions(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The actions' part of `ScheduledTaskAdmin`."""

    actions = ("run_now", "pause", "resume", "clone")

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.run_now, "Queued a run of")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.pause_task, "Paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.resume_task, "Resumed")

    @admin.action(description="Clone as a paused copy", permissions=["add"])
    def clone(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.clone_task, "Cloned")

    def _each(
        self,
        request: HttpRequest,
        tasks: QuerySet[ScheduledTask],
        verb: Any,
        done: str,
    ) -> None:
        count = 0
        for task in tasks:
            try:
                verb(task, user=request.user)
                count += 1
            except (Conflict, ValidationError) as error:
                self.message_user(request, f"{task}: {error}", messages.WARNING)
        self.message_user(request, f"{done} {count} tasks.")

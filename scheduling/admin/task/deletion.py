"""Deleting tasks: what goes with them and what stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from scheduling.models import ScheduledTask, TaskWebhook


class TaskDeletion(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The confirmation's part of `ScheduledTaskAdmin`; its templates say that runs stay."""

    def get_deleted_objects(
        self, objs: Iterable[ScheduledTask], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, int], set[str], list[str]]:
        """Names the tasks and counts their webhooks, which are part of them.

        Django's own answer would ask the read-only page of webhooks whether they may be deleted,
        and would load their secrets to name them.
        """
        tasks = list(objs)
        webhooks = TaskWebhook.objects.filter(task__in=[task.pk for task in tasks])
        counts = {
            ScheduledTask._meta.verbose_name_plural: len(tasks),  # noqa: SLF001 -- Django's documented API
            TaskWebhook._meta.verbose_name_plural: webhooks.count(),  # noqa: SLF001 -- Django's documented API
        }
        allowed = self.has_delete_permission(request)
        lacking = set() if allowed else {str(self.opts.verbose_name)}
        return [str(task) for task in tasks], counts, lacking, []

"""Scheduled tasks: `list`, `form` with the `webhook_inline`, `actions`."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.task.actions import TaskActions
from scheduling.admin.task.event_triggers import EventTriggerInline
from scheduling.admin.task.form import TaskFormPage
from scheduling.admin.task.list import TaskList
from scheduling.admin.task.parents import ParentInline
from scheduling.admin.task.webhook_inline import TaskWebhookInline
from scheduling.admin.versions import VersionPages
from scheduling.models import ScheduledTask


@admin.register(ScheduledTask)
class ScheduledTaskAdmin(TaskList, TaskFormPage, TaskActions, VersionPages):
    """Put together from its parts; each part has a module of its own."""

    inlines = (ParentInline, EventTriggerInline, TaskWebhookInline)

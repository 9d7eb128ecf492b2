"""The admin of `scheduling`: one module for each model."""

from __future__ import annotations

from scheduling.admin.agent import AgentAdmin
from scheduling.admin.backfills import BackfillAdmin
from scheduling.admin.blackouts import BlackoutAdmin
from scheduling.admin.calendars import CalendarAdmin
from scheduling.admin.events import EventAdmin
from scheduling.admin.run import RunAdmin
from scheduling.admin.system import PeriodicTaskAdmin, ProcessAdmin, TaskResultAdmin
from scheduling.admin.tags import TagAdmin
from scheduling.admin.task import ScheduledTaskAdmin
from scheduling.admin.webhooks import TaskWebhookAdmin

__all__ = [
    "AgentAdmin",
    "BackfillAdmin",
    "BlackoutAdmin",
    "CalendarAdmin",
    "EventAdmin",
    "PeriodicTaskAdmin",
    "ProcessAdmin",
    "RunAdmin",
    "ScheduledTaskAdmin",
    "TagAdmin",
    "TaskResultAdmin",
    "TaskWebhookAdmin",
]

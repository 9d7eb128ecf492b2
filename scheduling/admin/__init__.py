"""The admin of `scheduling`: one module for each model."""

from __future__ import annotations

from scheduling.admin.agent import AgentAdmin
from scheduling.admin.run import RunAdmin
from scheduling.admin.system import PeriodicTaskAdmin, ProcessAdmin, TaskResultAdmin
from scheduling.admin.tags import TagAdmin
from scheduling.admin.task import ScheduledTaskAdmin
from scheduling.admin.webhooks import TaskWebhookAdmin

__all__ = [
    "AgentAdmin",
    "PeriodicTaskAdmin",
    "ProcessAdmin",
    "RunAdmin",
    "ScheduledTaskAdmin",
    "TagAdmin",
    "TaskResultAdmin",
    "TaskWebhookAdmin",
]

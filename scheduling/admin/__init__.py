"""The admin of `scheduling`: one module for each model."""

from __future__ import annotations

from scheduling.admin.address_book import AddressBookAdmin
from scheduling.admin.agent import AgentAdmin
from scheduling.admin.agent_acts import AgentActAdmin
from scheduling.admin.approvals import ApprovalAdmin
from scheduling.admin.backfills import BackfillAdmin
from scheduling.admin.blackouts import BlackoutAdmin
from scheduling.admin.budgets import OwnerBudgetAdmin, SpendingAdmin
from scheduling.admin.calendars import CalendarAdmin
from scheduling.admin.events import EventAdmin
from scheduling.admin.incidents import IncidentAdmin
from scheduling.admin.memories import MemoryAdmin
from scheduling.admin.run import RunAdmin
from scheduling.admin.system import PeriodicTaskAdmin, ProcessAdmin, TaskResultAdmin
from scheduling.admin.tags import TagAdmin
from scheduling.admin.task import ScheduledTaskAdmin
from scheduling.admin.webhooks import TaskWebhookAdmin

__all__ = [
    "AddressBookAdmin",
    "AgentActAdmin",
    "AgentAdmin",
    "ApprovalAdmin",
    "BackfillAdmin",
    "BlackoutAdmin",
    "CalendarAdmin",
    "EventAdmin",
    "IncidentAdmin",
    "MemoryAdmin",
    "OwnerBudgetAdmin",
    "PeriodicTaskAdmin",
    "ProcessAdmin",
    "RunAdmin",
    "ScheduledTaskAdmin",
    "SpendingAdmin",
    "TagAdmin",
    "TaskResultAdmin",
    "TaskWebhookAdmin",
]

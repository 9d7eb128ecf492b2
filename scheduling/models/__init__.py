from __future__ import annotations

from scheduling.models.agent import Agent
from scheduling.models.agent_act import AgentAct
from scheduling.models.approval import Approval
from scheduling.models.backfill import Backfill
from scheduling.models.blackout import Blackout
from scheduling.models.calendar import Calendar
from scheduling.models.callback import Callback
from scheduling.models.dependency import Dependency
from scheduling.models.event import Event
from scheduling.models.event_trigger import EventTrigger
from scheduling.models.feed_key import FeedKey
from scheduling.models.idempotent_request import IdempotentRequest
from scheduling.models.imported import ImportedTask
from scheduling.models.memory import Memory, MemoryVersion
from scheduling.models.process import Process
from scheduling.models.run import Run
from scheduling.models.spending import OwnerBudget, Spending
from scheduling.models.step import Step
from scheduling.models.tag import Tag
from scheduling.models.task import ScheduledTask
from scheduling.models.trigger_access import TriggerKey, UsedSignature
from scheduling.models.version import Version
from scheduling.models.webhook import TaskWebhook

__all__ = [
    "Agent",
    "AgentAct",
    "Approval",
    "Backfill",
    "Blackout",
    "Calendar",
    "Callback",
    "Dependency",
    "Event",
    "EventTrigger",
    "FeedKey",
    "IdempotentRequest",
    "ImportedTask",
    "Memory",
    "MemoryVersion",
    "OwnerBudget",
    "Process",
    "Run",
    "ScheduledTask",
    "Spending",
    "Step",
    "Tag",
    "TaskWebhook",
    "TriggerKey",
    "UsedSignature",
    "Version",
]

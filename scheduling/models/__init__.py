from __future__ import annotations

from scheduling.models.agent import Agent
from scheduling.models.backfill import Backfill
from scheduling.models.blackout import Blackout
from scheduling.models.calendar import Calendar
from scheduling.models.dependency import Dependency
from scheduling.models.event import Event
from scheduling.models.process import Process
from scheduling.models.run import Run
from scheduling.models.tag import Tag
from scheduling.models.task import ScheduledTask
from scheduling.models.version import Version
from scheduling.models.webhook import TaskWebhook

__all__ = [
    "Agent",
    "Backfill",
    "Blackout",
    "Calendar",
    "Dependency",
    "Event",
    "Process",
    "Run",
    "ScheduledTask",
    "Tag",
    "TaskWebhook",
    "Version",
]

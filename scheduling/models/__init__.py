from __future__ import annotations

from scheduling.models.agent import Agent
from scheduling.models.process import Process
from scheduling.models.run import Run
from scheduling.models.task import ScheduledTask, Tag, TaskWebhook

__all__ = ["Agent", "Process", "Run", "ScheduledTask", "Tag", "TaskWebhook"]

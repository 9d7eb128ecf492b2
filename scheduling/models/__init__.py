from __future__ import annotations

from scheduling.models.agent import Agent
from scheduling.models.run import Run
from scheduling.models.task import ScheduledTask, TaskWebhook

__all__ = ["Agent", "Run", "ScheduledTask", "TaskWebhook"]

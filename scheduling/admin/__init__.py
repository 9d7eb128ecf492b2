"""The admin of `scheduling`: one module for each model."""

from __future__ import annotations

from scheduling.admin.agents import AgentAdmin
from scheduling.admin.runs import RunAdmin
from scheduling.admin.tasks import ScheduledTaskAdmin

__all__ = ["AgentAdmin", "RunAdmin", "ScheduledTaskAdmin"]

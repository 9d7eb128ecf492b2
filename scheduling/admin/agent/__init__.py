"""Agents: `list`, `page` with its `form` and `credentials`, `check`."""

from __future__ import annotations

from django.contrib import admin

from scheduling.admin.agent.check import AgentCheck
from scheduling.admin.agent.list import AgentList
from scheduling.admin.agent.page import AgentPage
from scheduling.admin.versions import VersionPages
from scheduling.models import Agent


@admin.register(Agent)
class AgentAdmin(AgentList, AgentCheck, AgentPage, VersionPages):
    """Put together from its parts; each part has a module of its own."""

"""Paths of the scheduling API; those of CONTRACTS A0 exactly."""

from __future__ import annotations

from typing import Any

from django.urls import path

from scheduling.api.agents import AgentViewSet
from scheduling.api.runs import RunViewSet, TaskRunViewSet
from scheduling.api.tasks import TaskViewSet

TASKS = "v2/admin/scheduled-tasks/"
RUNS = "v2/admin/runs/"
AGENTS = "v2/admin/agents/"
MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}

urlpatterns = [
    path(TASKS, TaskViewSet.as_view(MANY), name="api-tasks"),
    path(f"{TASKS}<slug:pk>/", TaskViewSet.as_view(ONE), name="api-task"),
    *(
        path(
            f"{TASKS}<slug:pk>/{verb}",
            TaskViewSet.as_view({"post": verb}),
            name=f"api-task-{verb}",
        )
        for verb in ("run", "clone", "pause", "resume")
    ),
    path(
        f"{TASKS}<slug:pk>/runs",
        TaskRunViewSet.as_view({"get": "list"}),
        name="api-task-runs",
    ),
    path(RUNS, RunViewSet.as_view({"get": "list"}), name="api-runs"),
    path(f"{RUNS}<uuid:pk>/", RunViewSet.as_view({"get": "retrieve"}), name="api-run"),
    *(
        path(
            f"{RUNS}<uuid:pk>/{verb}",
            RunViewSet.as_view({"post": verb}),
            name=f"api-run-{verb}",
        )
        for verb in ("cancel", "rerun")
    ),
    path(AGENTS, AgentViewSet.as_view(MANY), name="api-agents"),
    path(f"{AGENTS}<slug:pk>/", AgentViewSet.as_view(ONE), name="api-agent"),
]

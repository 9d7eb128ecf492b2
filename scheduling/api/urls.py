"""Paths of the scheduling API; those of CONTRACTS A0 exactly."""

from __future__ import annotations

from typing import Any

from django.urls import path

from scheduling.api.address_book import AddressBookViewSet
from scheduling.api.agent_acts import AgentActViewSet
from scheduling.api.agents import AgentViewSet
from scheduling.api.approvals import ApprovalViewSet
from scheduling.api.backfills import BackfillViewSet, TaskBackfillViewSet
from scheduling.api.blackouts import BlackoutViewSet
from scheduling.api.budgets import OwnerBudgetViewSet, SpendingViewSet
from scheduling.api.calendar_file import CalendarFileViewSet
from scheduling.api.calendars import CalendarViewSet
from scheduling.api.callbacks import CallbackView
from scheduling.api.event_bus import EventStreamView, PublishView
from scheduling.api.event_triggers import EventTriggerViewSet
from scheduling.api.events import EventViewSet
from scheduling.api.exports import ExportViewSet, ExportWithTokenViewSet
from scheduling.api.incidents import IncidentViewSet
from scheduling.api.memories import AgentMemoryViewSet, TaskMemoryViewSet
from scheduling.api.preview import PreviewView
from scheduling.api.replies import ConversationViewSet
from scheduling.api.run_diff import RunDiffViewSet
from scheduling.api.runs import RunViewSet, TaskRunViewSet
from scheduling.api.scheduler import SchedulerStatsView
from scheduling.api.slots import TaskSlotViewSet
from scheduling.api.steps import RunStepViewSet
from scheduling.api.tasks import TaskViewSet
from scheduling.api.trigger_keys import TriggerKeyViewSet
from scheduling.api.versions import AgentVersionViewSet, TaskVersionViewSet

TASKS = "v2/admin/scheduled-tasks/"
RUNS = "v2/admin/runs/"
AGENTS = "v2/admin/agents/"
CALENDARS = "v2/admin/calendars/"
BACKFILLS = "v2/admin/backfills/"
BLACKOUTS = "v2/admin/blackouts/"
INCIDENTS = "v2/admin/incidents/"
WEBHOOKS = "v2/admin/webhooks/"
MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}
VERSIONS: tuple[tuple[str, Any, str], ...] = (
    (TASKS, TaskVersionViewSet, "api-task-version"),
    (AGENTS, AgentVersionViewSet, "api-agent-version"),
)
MEMORIES: tuple[tuple[str, Any, str], ...] = (
    (TASKS, TaskMemoryViewSet, "api-task-memory"),
    (AGENTS, AgentMemoryViewSet, "api-agent-memory"),
)
VERSION_VERBS = (
    ("", {"get": "retrieve"}),
    ("/diff", {"get": "diff"}),
    ("/revert", {"post": "revert"}),
)
CONVERSATION_VERBS: tuple[tuple[str, Any], ...] = (
    ("", {"get": "retrieve"}),
    ("read", {"post": "read"}),
    ("reply", {"post": "reply"}),
)

urlpatterns = [
    path(WEBHOOKS, AddressBookViewSet.as_view(MANY), name="api-webhooks"),
    path(f"{WEBHOOKS}<int:pk>/", AddressBookViewSet.as_view(ONE), name="api-webhook"),
    path(
        f"{WEBHOOKS}preview",
        AddressBookViewSet.as_view({"post": "preview_unsaved"}),
        name="api-webhooks-preview",
    ),
    *(
        path(
            f"{WEBHOOKS}<int:pk>/{verb}",
            AddressBookViewSet.as_view({"post": verb.replace("-", "_")}),
            name=f"api-webhook-{verb}",
        )
        for verb in ("test", "preview", "switch-on", "rotate-secret")
    ),
    path(
        "v2/admin/scheduler/stats",
        SchedulerStatsView.as_view(),
        name="api-scheduler-stats",
    ),
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
    path(
        f"{TASKS}<slug:pk>/slots",
        TaskSlotViewSet.as_view({"get": "slots"}),
        name="api-task-slots",
    ),
    path(
        f"{TASKS}<slug:pk>/backfills",
        TaskBackfillViewSet.as_view(MANY),
        name="api-task-backfills",
    ),
    path(
        f"{BACKFILLS}<uuid:pk>/",
        BackfillViewSet.as_view({"get": "retrieve"}),
        name="api-backfill",
    ),
    path(
        f"{BACKFILLS}<uuid:pk>/cancel",
        BackfillViewSet.as_view({"post": "cancel"}),
        name="api-backfill-cancel",
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
    path(
        f"{RUNS}<uuid:pk>/diff",
        RunDiffViewSet.as_view({"get": "diff"}),
        name="api-run-diff",
    ),
    path(
        f"{RUNS}<uuid:pk>/steps",
        RunStepViewSet.as_view({"get": "steps"}),
        name="api-run-steps",
    ),
    *(
        path(
            f"{RUNS}<uuid:pk>/{verb}",
            ApprovalViewSet.as_view({"post": verb}),
            name=f"api-run-{verb}",
        )
        for verb in ("approve", "reject")
    ),
    path(
        "v2/admin/approvals/",
        ApprovalViewSet.as_view({"get": "list"}),
        name="api-approvals",
    ),
    path(AGENTS, AgentViewSet.as_view(MANY), name="api-agents"),
    path(f"{AGENTS}<slug:pk>/", AgentViewSet.as_view(ONE), name="api-agent"),
    path(
        f"{AGENTS}<slug:pk>/check",
        AgentViewSet.as_view({"post": "check"}),
        name="api-agent-check",
    ),
    path(CALENDARS, CalendarViewSet.as_view(MANY), name="api-calendars"),
    path(f"{CALENDARS}<slug:pk>/", CalendarViewSet.as_view(ONE), name="api-calendar"),
    path(BLACKOUTS, BlackoutViewSet.as_view(MANY), name="api-blackouts"),
    path(f"{BLACKOUTS}<int:pk>/", BlackoutViewSet.as_view(ONE), name="api-blackout"),
    *(
        path(
            f"v2/admin/{verb}",
            BlackoutViewSet.as_view({"post": verb.replace("-", "_")}),
            name=f"api-{verb}",
        )
        for verb in ("pause-all", "resume-all")
    ),
    path(
        "v2/admin/agent-acts/",
        AgentActViewSet.as_view({"get": "list"}),
        name="api-agent-acts",
    ),
    path(
        f"{TASKS}<slug:pk>/event-triggers",
        EventTriggerViewSet.as_view(MANY),
        name="api-task-event-triggers",
    ),
    path(
        f"{TASKS}<slug:pk>/event-triggers/<int:number>",
        EventTriggerViewSet.as_view(ONE),
        name="api-task-event-trigger",
    ),
    path(
        f"{TASKS}<slug:pk>/trigger-keys",
        TriggerKeyViewSet.as_view(MANY),
        name="api-task-trigger-keys",
    ),
    path(
        f"{TASKS}<slug:pk>/trigger-keys/<int:number>",
        TriggerKeyViewSet.as_view({"delete": "destroy"}),
        name="api-task-trigger-key",
    ),
    path(
        f"{TASKS}<slug:pk>/exports",
        ExportViewSet.as_view({"get": "exports"}),
        name="api-task-exports",
    ),
    path(
        f"{TASKS}<slug:pk>/exports/with-token",
        ExportWithTokenViewSet.as_view({"post": "create"}),
        name="api-task-exports-with-token",
    ),
    path(
        f"{TASKS}<slug:pk>/calendar.ics",
        CalendarFileViewSet.as_view({"get": "one"}),
        name="api-task-calendar-file",
    ),
    path(
        "v2/admin/calendar.ics",
        CalendarFileViewSet.as_view({"get": "all"}),
        name="api-calendar-file",
    ),
    path("v2/events", PublishView.as_view(), name="api-bus"),
    path("v2/events/stream", EventStreamView.as_view(), name="api-bus-stream"),
    path("v2/admin/events/", EventViewSet.as_view({"get": "list"}), name="api-events"),
    path(INCIDENTS, IncidentViewSet.as_view({"get": "list"}), name="api-incidents"),
    path(
        f"{INCIDENTS}<int:pk>/",
        IncidentViewSet.as_view({"get": "retrieve"}),
        name="api-incident",
    ),
    *(
        path(
            f"{INCIDENTS}<int:pk>/{verb}",
            IncidentViewSet.as_view({"post": verb}),
            name=f"api-incident-{verb}",
        )
        for verb in ("acknowledge", "resolve")
    ),
    path("v2/callbacks/<str:token>", CallbackView.as_view(), name="api-callback"),
    path(
        "v2/admin/spending",
        SpendingViewSet.as_view({"get": "month"}),
        name="api-spending",
    ),
    path(
        "v2/admin/budgets/owners/<str:username>",
        OwnerBudgetViewSet.as_view({"put": "replace"}),
        name="api-owner-budget",
    ),
    *(
        path(
            f"v2/chat-sessions/<uuid:pk>/{end}",
            ConversationViewSet.as_view(verb),
            name=f"api-session{end and '-'}{end}",
        )
        for end, verb in CONVERSATION_VERBS
    ),
    path("v2/admin/schedules/preview", PreviewView.as_view(), name="api-preview"),
    *(
        path(
            f"{place}<slug:pk>/versions", view.as_view({"get": "list"}), name=f"{name}s"
        )
        for place, view, name in VERSIONS
    ),
    *(
        path(
            f"{place}<slug:pk>/versions/<int:number>{end}",
            view.as_view(verb),
            name=name + end.replace("/", "-"),
        )
        for place, view, name in VERSIONS
        for end, verb in VERSION_VERBS
    ),
    *(
        path(
            f"{place}<slug:pk>/memory",
            view.as_view({"get": "retrieve", "put": "update"}),
            name=name,
        )
        for place, view, name in MEMORIES
    ),
    *(
        path(
            f"{place}<slug:pk>/memory/versions",
            view.as_view({"get": "versions"}),
            name=f"{name}-versions",
        )
        for place, view, name in MEMORIES
    ),
]

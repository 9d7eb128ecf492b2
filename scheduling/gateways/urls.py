"""Paths of other systems' APIs, so that their clients need no change."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from scheduling.gateways.feed import ical_feed
from scheduling.gateways.feed_page import feed_page
from scheduling.gateways.json_rpc import JsonRpcView
from scheduling.gateways.rq.executions import RqExecutionViewSet
from scheduling.gateways.rq.tasks import RqTaskViewSet
from scheduling.gateways.sympozium.schedules import ScheduleViewSet
from scheduling.gateways.trigger import trigger

MANY: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {
    "get": "retrieve",
    "put": "update",
    "patch": "partial_update",
    "delete": "destroy",
}

RQ = "api/scheduler/"
_RQ_PATHS: list[URLPattern] = [
    path(f"{RQ}tasks", RqTaskViewSet.as_view(MANY), name="api-rq-tasks"),
    path(f"{RQ}tasks/<str:pk>", RqTaskViewSet.as_view(ONE), name="api-rq-task"),
    # There a slash at the end is redirected; here it is taken, for not every client posts again.
    path(f"{RQ}tasks/", RqTaskViewSet.as_view(MANY)),
    *(
        path(
            f"{RQ}tasks/<str:pk>/{verb}",
            RqTaskViewSet.as_view({"post": verb}),
            name=f"api-rq-task-{verb}",
        )
        for verb in ("enable", "disable", "run")
    ),
    path(
        f"{RQ}executions",
        RqExecutionViewSet.as_view({"get": "list"}),
        name="api-rq-executions",
    ),
    path(f"{RQ}executions/", RqExecutionViewSet.as_view({"get": "list"})),
    path(
        f"{RQ}executions/<str:pk>",
        RqExecutionViewSet.as_view({"get": "retrieve"}),
        name="api-rq-execution",
    ),
    path(
        f"{RQ}executions/<str:pk>/cancel",
        RqExecutionViewSet.as_view({"post": "cancel"}),
        name="api-rq-execution-cancel",
    ),
]

SYMPOZIUM = "api/v1/schedules"
_SYMPOZIUM_PATHS: list[URLPattern] = [
    path(SYMPOZIUM, ScheduleViewSet.as_view(MANY), name="api-sympozium-schedules"),
    path(
        f"{SYMPOZIUM}/<str:name>",
        ScheduleViewSet.as_view(
            {verb: action for verb, action in ONE.items() if verb != "put"}
        ),
        name="api-sympozium-schedule",
    ),
]

TRIGGER = "webhook/trigger/<str:task_id>"

urlpatterns: list[URLPattern] = [
    path("scheduler/ical", ical_feed, name="ical-feed"),
    path("scheduler/ical/", ical_feed),
    path("account/calendar/", feed_page, name="calendar-feed"),
    path("tasks/", JsonRpcView.as_view(), name="api-json-rpc"),
    path("tasks", JsonRpcView.as_view()),
    path(TRIGGER, trigger, name="webhook-trigger"),
    path(f"{TRIGGER}/", trigger),
    *_RQ_PATHS,
    *_SYMPOZIUM_PATHS,
]

"""The list of tasks: columns, filters, search."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
)

from pages.admin.rows import DrawnList
from pages.translation import translated
from scheduling.admin.task.adoption import MakerFilter
from scheduling.admin.task.filters import LastResultFilter, StateFilter
from scheduling.admin.task.state import State, state_of
from scheduling.models import Agent, Calendar, Run, ScheduledTask, Tag
from scheduling.schedule import ScheduleError

NOT_SHOWN = (
    "input_message", "system_prompt_override", "state", "agent__credentials", "agent__options",
    "agent__system_prompt", "owner__password",
)  # fmt: skip
"""What the list does not show and must not load, row by row."""

OWNERS = ("owner", AutocompleteSelectFilter)
LIST = "admin/scheduling/scheduledtask/list"
_RESULTS: dict[str, Any] = dict(Run.Status.choices)


class TaskList(DrawnList):
    """The list's part of `ScheduledTaskAdmin`."""

    cells = LIST
    change_list_template = "admin/scheduling/scheduledtask/change_list.html"

    list_display = ("name", "agent", "in_words", "next_run", "last_result", "state_shown", "switch", "tags_shown", "owner_shown")  # fmt: skip
    list_filter = (
        ("agent", AutocompleteSelectFilter),
        StateFilter,
        ("schedule_type", ChoicesDropdownFilter),
        LastResultFilter,
        MakerFilter,
        OWNERS,
        ("tags", AutocompleteSelectFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    list_before_template = f"{LIST}/switch_form.html"
    search_fields = ("id", "name", "tags__name", "input_message")
    search_help_text = _("Search names, ids, tags and prompts")
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("backbeat/task-list.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledTask]:
        # Without the agents' credentials: one wrong key must not take the whole page with it.
        tasks: QuerySet[ScheduledTask] = super().get_queryset(request)
        tasks = tasks.select_related("agent", "owner")
        if request.method != "GET" or not _is_list(request):
            return tasks.defer("agent__credentials")
        # Prefetched, not joined: a calendar of many dates is read once, not once for each task.
        calendars = Prefetch("calendar", Calendar.objects.defer("file"))
        return tasks.defer(*NOT_SHOWN).prefetch_related("tags", calendars)

    def get_list_display(self, request: HttpRequest) -> Any:
        """The switch is for those who may turn it."""
        shown = super().get_list_display(request)
        if self.has_operate_permission(request):
            return shown
        return [name for name in shown if name != "switch"]

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The choice of owners asks the page of users, which not everybody may look at."""
        filters = super().get_list_filter(request)
        if request.user.has_perm("auth.view_user"):
            return filters
        return [each for each in filters if each != OWNERS]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        more = {"there_are_agents": Agent.objects.exists}  # asked by an empty list
        return super().changelist_view(request, more | (extra_context or {}))

    @admin.display(description=_("Schedule"))
    def in_words(self, task: ScheduledTask) -> dict[str, str]:
        return {"words": _words(task), "raw": _raw(task)}

    @admin.display(
        description=_("Next run"), ordering=F("next_run_at").asc(nulls_last=True)
    )
    def next_run(self, task: ScheduledTask) -> datetime | None:
        return task.next_run_at

    @admin.display(
        description=_("Last result"), ordering=F("last_run_at").asc(nulls_first=True)
    )
    def last_result(self, task: ScheduledTask) -> str:
        return str(_RESULTS.get(task.last_status, task.last_status))

    @admin.display(description=_("State"))
    def state_shown(self, task: ScheduledTask) -> State:
        return state_of(task, timezone.now())

    @admin.display(description=_("Active"))
    def switch(self, task: ScheduledTask) -> bool:
        return task.active

    @admin.display(description=_("Tags"))
    def tags_shown(self, task: ScheduledTask) -> QuerySet[Tag]:
        return task.tags.all()

    @admin.display(description=_("Owner"), ordering="owner__username")
    def owner_shown(self, task: ScheduledTask) -> Any:
        return task.owner


def _is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_changelist")


def _words(task: ScheduledTask) -> str:
    """The schedule in the reader's language, or what is wrong with it."""
    try:
        words = task.schedule.describe(get_language() or "en")
    except ScheduleError as error:
        return translated(error.at_the_field)
    return words.removesuffix(f" ({task.timezone})")  # the cell says it apart


def _raw(task: ScheduledTask) -> str:
    """What the columns of the schedule hold, as `weekly [1, 5] 07:00:00`."""
    values = {
        "daily": (task.schedule_time,),
        "weekly": (task.weekdays, task.schedule_time),
        "monthly": (task.month_days, task.schedule_time),
        "cron": (task.cron_expression,),
        "once": (task.run_at,),
        "interval": (task.interval_seconds,),
    }.get(task.schedule_type, ())
    return " ".join(str(value) for value in (task.schedule_type, *values))

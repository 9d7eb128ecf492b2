"""Processes, beat's periodic tasks and Celery's results, in the same dress."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results import admin as results_admin
from django_celery_results.models import GroupResult, TaskResult
from kombu.exceptions import OperationalError
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from pages.admin.parts import ReadOnly, status_cell, when_cell
from scheduling.admin.home import refresh
from scheduling.models import Process

for _model in (
    PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule,
    TaskResult, GroupResult,
):  # fmt: skip
    admin.site.unregister(_model)


@admin.register(Process)
class ProcessAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("name", "kind", "state", "role", "since", "last_seen", "pid")
    list_filter = ("kind",)
    list_before_template = "admin/scheduling/blackout/switch.html"
    fields = ("name", "kind", "state", "role", "since", "last_seen", "pid", "silent_after_seconds")  # fmt: skip
    readonly_fields = ("state", "role", "since", "last_seen")

    def get_urls(self) -> list[URLPattern]:
        """Also the part of the first page that follows what happens."""
        own = path("overview/", refresh, name="scheduling_process_overview")
        return [own, *super().get_urls()]

    @admin.display(description=_("State"))
    def state(self, process: Process) -> SafeString:
        if process.is_alive(timezone.now()):
            return status_cell("alive", str(_("Alive")))
        return status_cell("silent", str(_("Silent")))

    @admin.display(description=_("Role"))
    def role(self, process: Process) -> Any:
        if process.kind == Process.Kind.BEAT:
            return _("fires") if process.leads else _("stands by")
        return ", ".join(process.queues)

    @admin.display(description=_("Started"), ordering="started_at")
    def since(self, process: Process) -> SafeString:
        return when_cell(process.started_at)

    @admin.display(description=_("Last seen"), ordering="seen_at")
    def last_seen(self, process: Process) -> SafeString:
        return when_cell(process.seen_at)


class TaskSelect(UnfoldAdminSelectWidget, beat_admin.TaskSelectWidget):  # type: ignore[misc] # ship no types
    """Beat's list of Celery tasks, in unfold's dress."""


class PeriodicTaskForm(beat_admin.PeriodicTaskForm):  # type: ignore[misc] # beat ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(beat_admin.PeriodicTaskAdmin, ModelAdmin):  # type: ignore[misc] # ship no types
    form = PeriodicTaskForm
    change_form_template = (
        None  # beat's own adds a script; the crontab in words is a field
    )
    list_display = ("name", "enabled", "scheduler", "ran", "total_run_count", "one_off")
    list_filter = ("enabled", "one_off", "task")
    date_hierarchy = None

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Beat's admin asks nobody's permission; who may not change a row may not run it."""
        actions: dict[str, Any] = super().get_actions(request)
        return actions if self.has_change_permission(request) else {}

    def run_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        try:
            super().run_tasks(request, queryset)
        except OperationalError as error:
            text = _("The broker cannot be reached, nothing was started: %(error)s")
            self.message_user(request, text % {"error": error}, messages.ERROR)

    run_tasks.short_description = _("Run selected tasks")  # type: ignore[attr-defined] # as Django's decorator does

    @admin.display(description=_("Last run"), ordering="last_run_at")
    def ran(self, task: PeriodicTask) -> SafeString:
        return when_cell(task.last_run_at)


class PeriodicTaskInline(ReadOnly, TabularInline):  # type: ignore[misc] # unfold ships no types
    """Which periodic tasks use this schedule."""

    model = PeriodicTask
    fields = ("name", "task", "enabled")
    extra = 0
    show_change_link = True
    verbose_name_plural = _("Periodic tasks that use this schedule")


class ScheduleAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    inlines = (PeriodicTaskInline,)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(ScheduleAdmin):
    list_display = ("__str__", "every", "period")


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ScheduleAdmin):
    list_display = ("__str__", "human_readable")
    fields = ("human_readable", "minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")  # fmt: skip
    readonly_fields = ("human_readable",)


@admin.register(SolarSchedule)
class SolarScheduleAdmin(ScheduleAdmin):
    list_display = ("__str__", "event", "latitude", "longitude")


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(ScheduleAdmin):
    fields = ("clocked_time",)
    list_display = ("clocked_time",)


class Result(ReadOnly):
    """What Celery kept of its own tasks; runs are elsewhere."""

    date_hierarchy = None
    show_full_result_count = False

    @admin.display(description=_("Done"), ordering="date_done")
    def done(self, result: TaskResult | GroupResult) -> SafeString:
        moment: datetime | None = result.date_done
        return when_cell(moment)


@admin.register(TaskResult)
class TaskResultAdmin(Result, results_admin.TaskResultAdmin, ModelAdmin):  # type: ignore[misc] # ship no types
    list_display = ("task_id", "task_name", "periodic_task_name", "state", "done", "worker")  # fmt: skip
    list_filter = ("status", "task_name")  # type: ignore[assignment] # its length is declared

    @admin.display(description=_("State"), ordering="status")
    def state(self, result: TaskResult) -> SafeString:
        return status_cell(_LIKE_A_RUN.get(result.status, "queued"), result.status)


@admin.register(GroupResult)
class GroupResultAdmin(Result, results_admin.GroupResultAdmin, ModelAdmin):  # type: ignore[misc] # ship no types
    list_display = ("group_id", "done")
    list_filter = ()  # type: ignore[assignment] # its length is declared


_LIKE_A_RUN = {
    "SUCCESS": "succeeded",
    "FAILURE": "failed",
    "REVOKED": "cancelled",
    "STARTED": "running",
}

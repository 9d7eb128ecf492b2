"""Scheduled tasks, with their webhooks, and Run now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin, StackedInline

from notifications.formatters import FORMATTERS
from scheduling import services
from scheduling.admin.secrets import (
    SecretJSONField,
    SecretTextField,
    keep_unless_given,
    shown,
)
from scheduling.credentials import origin
from scheduling.exceptions import Conflict
from scheduling.models import ScheduledTask, TaskWebhook


class TaskWebhookForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    format = forms.ChoiceField(
        choices=lambda: [(name, each.label) for name, each in FORMATTERS.items()]
    )
    url = SecretTextField(help_text="Write-only. Blank keeps what is stored.")
    headers = SecretJSONField(
        help_text="Write-only JSON object. Blank keeps what is stored; {} empties it."
    )

    class Meta:
        model = TaskWebhook
        fields = TaskWebhook.COPIED

    def clean(self) -> dict[str, Any]:
        self._refuse_to_carry()
        keep_unless_given(self, "url", "headers")
        return self.cleaned_data

    def _refuse_to_carry(self) -> None:
        """Stored headers do not follow to an origin they were not given for."""
        stored, url = self.instance, self.cleaned_data.get("url")
        if not url or self.cleaned_data.get("headers") is not None:
            return
        if stored.headers and origin(url) != origin(stored.url):
            self.add_error(
                "headers",
                f"The URL leads to another host now, and {', '.join(stored.headers)} was "
                "given for the old one: give the headers again, or {} for none.",
            )


class TaskForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    class Meta:
        model = ScheduledTask
        fields = "__all__"  # noqa: DJ007 -- the admin's fieldsets choose

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "id" in self.fields:
            self.fields["id"].required = False
            self.fields["id"].help_text = "Blank: made from the name."

    def clean_id(self) -> str:
        """An id that is left blank is made from the name, before the name is cleaned."""
        name = str(self.data.get("name", ""))
        return str(self.cleaned_data.get("id") or services.free_id(name))


class TaskWebhookInline(StackedInline):  # type: ignore[misc] # unfold ships no types
    model = TaskWebhook
    form = TaskWebhookForm
    extra = 0
    readonly_fields = ("stored_url", "stored_headers", "disabled_reason")

    @admin.display(description="Stored URL")
    def stored_url(self, webhook: TaskWebhook) -> str:
        return webhook.masked_url

    @admin.display(description="Stored headers")
    def stored_headers(self, webhook: TaskWebhook) -> str:
        return shown(webhook.headers)


@admin.register(ScheduledTask)
class ScheduledTaskAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    form = TaskForm
    list_display = ("name", "agent", "in_words", "next_run", "last_status", "last_run_at", "active")  # fmt: skip
    list_filter = ("active", "schedule_type", "agent", "last_status")
    search_fields = ("id", "name")
    autocomplete_fields = ("agent",)
    inlines = (TaskWebhookInline,)
    actions = ("run_now", "pause", "resume", "clone")
    readonly_fields = ("in_words", "next_run", "schedule_error", "last_status", "last_run_at", "run_count", "failure_count")  # fmt: skip
    fieldsets = (
        ("General", {"fields": ("id", "name", "active", "owner", "target_user_id")}),
        ("Agent", {"fields": ("agent", "input_message", "system_prompt_override", "deadline_seconds", "max_attempts")}),
        ("Schedule", {"fields": ("schedule_type", "schedule_time", "weekdays", "month_days", "cron_expression", "interval_seconds", "run_at", "timezone", "start_at", "end_at", "overlap", "catch_up")}),
        ("State", {"fields": ("in_words", "next_run", "schedule_error", "last_status", "last_run_at", "run_count", "failure_count")}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ScheduledTask]:
        # Without the agents' credentials: one wrong key must not take the whole page with it.
        tasks: QuerySet[ScheduledTask] = super().get_queryset(request)
        return tasks.select_related("agent").defer("agent__credentials")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ScheduledTask | None = None
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("id", *self.readonly_fields)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A task that does not exist yet has no state to show."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else fieldsets[:-1]

    def save_model(
        self,
        request: HttpRequest,
        obj: ScheduledTask,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        services.save_task(obj, user=request.user)

    def delete_model(self, request: HttpRequest, obj: ScheduledTask) -> None:
        services.delete_task(obj, user=request.user)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[ScheduledTask]
    ) -> None:
        for task in queryset:
            services.delete_task(task, user=request.user)

    @admin.display(description="Schedule")
    def in_words(self, task: ScheduledTask) -> str:
        try:
            return task.schedule.describe()
        except ValueError as error:
            return str(error)

    @admin.display(description="Next run", ordering="next_run_at")
    def next_run(self, task: ScheduledTask) -> str:
        if task.next_run_at is None:
            return "–"
        try:
            zone = task.schedule.zone
        except ValueError as error:
            return f"{task.next_run_at:%Y-%m-%d %H:%M:%S} UTC ({error})"
        local = timezone.localtime(task.next_run_at, zone)
        return f"{local:%Y-%m-%d %H:%M:%S} ({task.timezone})"

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.run_now, "Queued a run of")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.pause_task, "Paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.resume_task, "Resumed")

    @admin.action(description="Clone as a paused copy", permissions=["add"])
    def clone(self, request: HttpRequest, queryset: QuerySet[ScheduledTask]) -> None:
        self._each(request, queryset, services.clone_task, "Cloned")

    def _each(
        self,
        request: HttpRequest,
        tasks: QuerySet[ScheduledTask],
        verb: Any,
        done: str,
    ) -> None:
        count = 0
        for task in tasks:
            try:
                verb(task, user=request.user)
                count += 1
            except (Conflict, ValidationError) as error:
                self.message_user(request, f"{task}: {error}", messages.WARNING)
        self.message_user(request, f"{done} {count} tasks.")

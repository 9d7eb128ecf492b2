"""The task's page: its form, and what stands beside it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from scheduling import services
from scheduling.models import ScheduledTask


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


class TaskFormPage(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The form's part of `ScheduledTaskAdmin`."""

    form = TaskForm
    autocomplete_fields = ("agent",)
    readonly_fields = ("in_words", "next_run", "schedule_error", "last_status", "last_run_at", "run_count", "failure_count")  # fmt: skip
    fieldsets = (
        ("General", {"fields": ("id", "name", "active", "owner", "target_user_id")}),
        ("Agent", {"fields": ("agent", "input_message", "system_prompt_override", "deadline_seconds", "max_attempts")}),
        ("Schedule", {"fields": ("schedule_type", "schedule_time", "weekdays", "month_days", "cron_expression", "interval_seconds", "run_at", "timezone", "start_at", "end_at", "overlap", "catch_up")}),
        ("State", {"fields": ("in_words", "next_run", "schedule_error", "last_status", "last_run_at", "run_count", "failure_count")}),
    )  # fmt: skip

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

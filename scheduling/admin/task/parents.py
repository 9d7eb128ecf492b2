"""The tasks that a task runs after, on the task's page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline

from scheduling.admin.task.people import MOST_OFFERED
from scheduling.admin.widgets import SearchSelect
from scheduling.models import Dependency, ScheduledTask


class ParentInline(TabularInline):  # type: ignore[misc] # unfold ships no types
    """One row for each; the service saves them together, and refuses circles."""

    model = Dependency
    fk_name = "task"
    fields = ("parent", "when")
    extra = 0
    add_text = _("Add a task before it")
    verbose_name = _("task before it")
    verbose_name_plural = _("After other tasks")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("parent", "task")

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Few tasks are all offered, which needs no scripts; many are searched for."""
        if not hasattr(request, "many_tasks"):
            request.many_tasks = ScheduledTask.objects.count() > MOST_OFFERED  # type: ignore[attr-defined] # asked once
        return ("parent",) if request.many_tasks else ()  # type: ignore[attr-defined] # set above

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name == "parent":
            kwargs["queryset"] = ScheduledTask.objects.only("id", "name")
            if not self.get_autocomplete_fields(request):
                kwargs["widget"] = SearchSelect({"data-width": "100%"})
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_formset(
        self, request: HttpRequest, obj: ScheduledTask | None = None, **kwargs: Any
    ) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if parent := formset.form.base_fields.get("parent"):
            # A task is made and changed on a page of its own.
            parent.widget.can_add_related = False
            parent.widget.can_change_related = False
            parent.widget.can_delete_related = False
            parent.error_messages["required"] = _("Choose a task, or remove this row.")
            parent.widget.widget.attrs["aria-label"] = parent.label
        if when := formset.form.base_fields.get("when"):
            when.widget.attrs["aria-label"] = when.label
        return formset


def written_parents(formset: Any) -> list[dict[str, str]]:
    """The parents that stand in the rows of `formset`, as the service takes them."""
    kept = [
        form.cleaned_data
        for form in formset.forms
        if form.cleaned_data.get("parent") and not form.cleaned_data.get("DELETE")
    ]
    return [{"task_id": row["parent"].pk, "when": row["when"]} for row in kept]

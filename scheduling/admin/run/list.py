"""The list of runs: filters, search, pages; its rows are drawn by `templates/scheduling/run/table.html`."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.views import ChangeList

from pages.admin.filters import DaysFilter
from scheduling import history
from scheduling.admin.run.filters import OneOfMany, ReasonFilter
from scheduling.admin.run.paging import CappedPaginator
from scheduling.models import Run, ScheduledTask

Runs = QuerySet[Run]
_MANY = 1000


class RunChangeList(ChangeList):  # type: ignore[misc] # unfold ships no types
    """A page of history, with what became of the deliveries of its rows."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = (
            self.result_count
        )  # said below the list, not beside the title
        rows = list(self.result_list)
        if request.user.has_perm("notifications.view_delivery"):
            found = history.deliveries_of([run.pk for run in rows])
            for run in rows:
                run.told = found.get(run.pk, [])
        self.result_list = rows


class RunList(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The list's part of `RunAdmin`."""

    list_display = (
        "status",
    )  # the columns stand in templates/scheduling/run/table.html
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("trigger", ChoicesDropdownFilter),
        ReasonFilter,
        ("created_at", DaysFilter),
        ("task", OneOfMany),
        ("agent", OneOfMany),
    )
    list_filter_submit = True
    list_per_page = 50
    list_disable_select_all = True
    sortable_by = ()  # newest first: any other order would sort all of history for a page
    search_fields = ("task_name",)
    search_help_text = _("A task's name or id, or a run's id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    class Media:
        css = {"all": ("backbeat/runs.css",)}

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[RunChangeList]:
        return RunChangeList

    def get_queryset(self, request: HttpRequest) -> Runs:
        runs: Runs = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            return history.in_short(runs)
        return runs

    def get_search_results(
        self, request: HttpRequest, queryset: Runs, search_term: str
    ) -> tuple[Runs, bool]:
        """By way of the tasks, which are few: a search through all runs would read them all."""
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(pk=uuid.UUID(term)), False
        except ValueError:
            return queryset.filter(_of_tasks_like(term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        task_id = request.GET.get("task__id__exact", "")
        task_ref = request.GET.get("task_ref", "")
        more = {
            "title": _title(task_id, task_ref),
            "strip_task_id": task_id,
            "strip_task_ref": task_ref,
        }
        return super().changelist_view(request, more | (extra_context or {}))


def _of_tasks_like(term: str) -> Q:
    named = Q(name__icontains=term) | Q(id__icontains=term)
    tasks = ScheduledTask.objects.filter(named).order_by().values_list("pk", flat=True)
    ids = list(tasks[: _MANY + 1])
    if (
        len(ids) > _MANY
    ):  # so many that a look through the latest runs soon finds a page
        return Q(task_name__icontains=term) | Q(task_ref__icontains=term)
    return Q(task_ref__in=[*ids, term])  # the term: a deleted task is found by its id


def _title(task_id: str, task_ref: str) -> Any:
    name: str | None = None
    if task_id:
        names = ScheduledTask.objects.filter(pk=task_id).values_list("name", flat=True)
        name = names.first()
    elif task_ref:
        named = Run.objects.filter(task_ref=task_ref).order_by("-created_at")
        name = named.values_list("task_name", flat=True).first()
    if name is None:
        return _("History")
    return _("History of %(task)s") % {"task": name}

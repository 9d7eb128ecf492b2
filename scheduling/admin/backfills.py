"""Backfills: the list, the page of one with its progress, and the button that cancels it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly, ShownOnly, when_cell
from pages.templatetags.pages import at
from scheduling import history, services
from scheduling.backfill_progress import Progress, progress_of
from scheduling.exceptions import Conflict
from scheduling.models import Backfill, Run
from scheduling.templatetags.backfills import zone_of

CANCELLED = gettext_noop("Asked to cancel")
MOST_RUNS = 50


class BackfillChangeList(ChangeList):  # type: ignore[misc] # unfold ships no types
    """A page of backfills, each with its progress: one query for all."""

    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        found = progress_of([each.pk for each in rows])
        for each in rows:
            each.progress = found[each.pk]
        self.result_list = rows


@admin.register(Backfill)
class BackfillAdmin(ReadOnly, ShownOnly):
    """Looked at here, made on the page of a task."""

    page_template = "scheduling/backfill/page.html"
    list_display = ("of_task", "begin", "end", "how_far", "made_when", "created_by")  # fmt: skip
    list_filter = (("created_at", DaysFilter),)
    list_filter_submit = True
    list_select_related = ("created_by",)
    list_per_page = 50
    list_disable_select_all = True
    actions = None
    sortable_by = ()
    search_fields = ("task_name", "task_ref")
    search_help_text = _("A task's name or id")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ("backbeat/backfills.css",)}

    def get_changelist(
        self, request: HttpRequest, **kwargs: Any
    ) -> type[BackfillChangeList]:
        return BackfillChangeList

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Who may run tasks may cancel their backfills."""
        return bool(
            self.has_view_permission(request)
            and request.user.has_perm("scheduling.operate_scheduledtask")
        )

    def get_urls(self) -> list[URLPattern]:
        cancel = self.admin_site.admin_view(self.cancel_view)
        name = "scheduling_backfill_cancel"
        own = path("<uuid:backfill_id>/cancel/", cancel, name=name)
        return [own, *super().get_urls()]

    def shown(self, request: HttpRequest, object_id: str) -> dict[str, Any] | None:
        """One backfill, its progress and its runs."""
        backfill = _found(object_id)
        if backfill is None:
            return None
        progress = progress_of([backfill.pk])[backfill.pk]
        return {
            "title": _title(backfill),
            "original": backfill,
            "backfill": backfill,
            "progress": progress,
            "counts": _counts(progress),
            "runs": _runs(backfill) if request.user.has_perm("scheduling.view_run") else [],
            "most_runs": MOST_RUNS,
            "can_operate": self.has_operate_permission(request),
        }  # fmt: skip

    def cancel_view(self, request: HttpRequest, backfill_id: uuid.UUID) -> HttpResponse:
        """POST: cancel it and show it."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        backfill = get_object_or_404(Backfill, pk=backfill_id)
        try:
            services.cancel_backfill(backfill, user=request.user)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.log_change(request, backfill, CANCELLED)
            said = gettext("The backfill is being cancelled.")
            self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:scheduling_backfill_change", backfill_id)

    @admin.display(description=_("Task"))
    def of_task(self, backfill: Backfill) -> str:
        return backfill.task_name

    @admin.display(description=_("From"))
    def begin(self, backfill: Backfill) -> str:
        return at(backfill.from_at)

    @admin.display(description=_("Until"))
    def end(self, backfill: Backfill) -> str:
        return at(backfill.until_at)

    @admin.display(description=_("Progress"))
    def how_far(self, backfill: Any) -> SafeString:
        parts = {"progress": backfill.progress, "counts": _counts(backfill.progress)}
        return render_to_string("scheduling/backfill/counts.html", parts)

    @admin.display(description=_("Asked for"))
    def made_when(self, backfill: Backfill) -> SafeString:
        return when_cell(backfill.created_at)


def _title(backfill: Backfill) -> str:
    """Its task and its days, on the calendar of the task's zone as everywhere on the page."""
    zone = zone_of(backfill.task)
    first, last = (at.astimezone(zone) for at in (backfill.from_at, backfill.until_at))
    return f"{backfill.task_name} {first:%Y-%m-%d}…{last:%Y-%m-%d}"


def _found(object_id: str) -> Backfill | None:
    related = ("task", "created_by", "cancelled_by")
    rows = Backfill.objects.select_related(*related).defer("task__state")
    try:
        return rows.filter(pk=object_id).first()
    except (ValidationError, ValueError):
        return None


def _runs(backfill: Backfill) -> QuerySet[Run]:
    """The first of its runs, those of the tasks after it among them."""
    rows = Run.objects.filter(backfill=backfill).order_by("scheduled_for", "created_at")
    return history.in_short(rows)[:MOST_RUNS]


def _counts(progress: Progress) -> list[history.Tally]:
    return [
        history.Tally(status, Run.Status(status).label, count)
        for status, count in progress.counts().items()
        if count
    ]

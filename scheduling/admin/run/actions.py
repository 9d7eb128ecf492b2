"""What people do to runs: cancel, rerun; one by one on their page, or several in the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_noop, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from scheduling import services
from scheduling.exceptions import Conflict
from scheduling.models import Run

Verb = Callable[..., Run]
_MOST_TOLD = 5
CANCELLED = gettext_noop("Asked to cancel")


class RunActions(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The actions' part of `RunAdmin`."""

    actions = ("cancel", "rerun")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """May they cancel and rerun? Nobody edits a run."""
        return self.has_view_permission(request) and request.user.has_perm(
            "scheduling.operate_run"
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:run_id>/cancel/", view(self.cancel_one), name="scheduling_run_cancel"),
            path("<uuid:run_id>/cancel-cycle/", view(self.cancel_cycle), name="scheduling_run_cancel_cycle"),
            path("<uuid:run_id>/rerun/", view(self.rerun_one), name="scheduling_run_rerun"),
        ]  # fmt: skip
        return own + list(super().get_urls())

    def cancel_one(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """POST: cancel this run and show it."""
        return self._one(
            request, run_id, services.cancel_run, gettext("The run is being cancelled.")
        )

    def cancel_cycle(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """POST: cancel all that is under way in this run's cycle, and show the run."""
        done = gettext("All that is under way in this cycle is being cancelled.")
        return self._one(request, run_id, services.cancel_cycle, done)

    def rerun_one(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """POST: queue a new run of the same task and show that one."""
        return self._one(
            request, run_id, services.rerun, gettext("This is the new run.")
        )

    def _one(
        self, request: HttpRequest, run_id: uuid.UUID, verb: Verb, done: str
    ) -> HttpResponse:
        if not self.has_operate_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        run = get_object_or_404(Run.objects.select_related("task"), pk=run_id)
        try:
            run = self._do(request, run, verb)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        else:
            self.message_user(request, done, messages.SUCCESS)
        return redirect("admin:scheduling_run_change", run.pk)

    def _do(self, request: HttpRequest, run: Run, verb: Verb) -> Run:
        """Call the service, and note who cancelled: the run itself does not say."""
        done = verb(run, user=request.user)
        if verb in (services.cancel_run, services.cancel_cycle):
            self.log_change(request, done, CANCELLED)
        return done

    @admin.action(description=_("Cancel the selected runs"), permissions=["operate"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        done = ngettext_lazy("Cancelling %(count)d run.", "Cancelling %(count)d runs.", "count")  # fmt: skip
        self._several(request, queryset, services.cancel_run, done)

    @admin.action(description=_("Run the selected ones again"), permissions=["operate"])
    def rerun(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        done = ngettext_lazy("Queued again: %(count)d run.", "Queued again: %(count)d runs.", "count")  # fmt: skip
        self._several(request, queryset, services.rerun, done)

    def _several(
        self, request: HttpRequest, chosen: QuerySet[Run], verb: Verb, done: Any
    ) -> None:
        ids = list(chosen.values_list("pk", flat=True))
        refused: list[str] = []
        for run in Run.objects.filter(pk__in=ids).select_related("task"):
            try:
                self._do(request, run, verb)
            except Conflict as error:
                refused.append(f"{run}: {error}")
        for reason in refused[:_MOST_TOLD]:
            self.message_user(request, reason, messages.WARNING)
        if more := len(refused[_MOST_TOLD:]):
            text = ngettext("%(count)d more run was refused.", "%(count)d more runs were refused.", more)  # fmt: skip
            self.message_user(request, text % {"count": more}, messages.WARNING)
        if count := len(ids) - len(refused):
            self.message_user(request, done % {"count": count}, messages.SUCCESS)

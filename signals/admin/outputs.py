"""Signal outputs: the list, the page, and moves by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    FieldTextFilter,
    RangeDateFilter,
)

from pages.admin.filters import DaysFilter
from pages.admin.parts import status_cell, when_cell
from signals import services
from signals.admin.links import RUN_PAGE, TASK_PAGE, links_to
from signals.admin.page import page_of, seen_mark
from signals.exceptions import Conflict
from signals.models import SignalOutput

LARGE_COLUMNS = ("content", "metadata", "layer1_result", "layer2_result", "layer3_result", "signal_factors", "result", "error")  # fmt: skip
"""What the list does not show and must not load, a hundred times a page."""


@admin.register(SignalOutput)
class SignalOutputAdmin(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("created", "ticker", "event_type", "event_date", "source", "status_shown", "task", "run")  # fmt: skip
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("ticker", FieldTextFilter),
        ("event_type", FieldTextFilter),
        ("source", FieldTextFilter),
        ("event_date", RangeDateFilter),
        ("created_at", DaysFilter),
    )
    list_filter_submit = True
    list_before_template = "admin/signals/signaloutput/none_yet.html"
    search_fields = ("ticker", "event_type", "source", "task_id", "task_name", "run_id")
    search_help_text = _("Ticker, event type, source, task or run")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = ("status",)  # the page has a template of its own
    change_form_template = "admin/signals/signaloutput/page.html"

    class Media:
        css = {"all": ("backbeat/prose.css", "backbeat/code.css", "backbeat/signals.css")}  # fmt: skip
        js = (Script("backbeat/signals.js", defer=True),)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: SignalOutput | None = None
    ) -> bool:
        """What a run found stays as it was found; only its status moves."""
        return False

    def has_consume_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("signals.consume_signaloutput")

    # -- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignalOutput]:
        signals: QuerySet[SignalOutput] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            return signals.defer(*LARGE_COLUMNS)
        return signals

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Give each row of the page the addresses of its task and its run."""
        changelist = super().get_changelist_instance(request)
        rows: Any = list(changelist.result_list)
        tasks = links_to(request, TASK_PAGE, {row.task_id for row in rows})
        runs = links_to(request, RUN_PAGE, {row.run_id for row in rows})
        for row in rows:
            row.task_url = tasks.get(row.task_id, "")
            row.run_url = runs.get(row.run_id, "")
        changelist.result_list = rows
        return changelist

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, signal: SignalOutput) -> SafeString:
        return when_cell(signal.created_at)

    @admin.display(description=_("status"), ordering="status")
    def status_shown(self, signal: SignalOutput) -> SafeString:
        return status_cell(signal.status, signal.get_status_display())

    @admin.display(description=_("task"), ordering="task_name")
    def task(self, signal: Any) -> SafeString:
        text = signal.task_name or signal.task_id
        return _link(signal.task_url, text)

    @admin.display(description=_("run"))
    def run(self, signal: Any) -> SafeString:
        text = gettext("Run") if signal.run_url else signal.run_id[:8]
        return _link(signal.run_url, text)

    # -- the page

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if signal := kwargs.get("obj"):
            may_move = self.has_consume_permission(request)
            context |= page_of(request, signal, may_move=may_move)
        answer: HttpResponse = super().render_change_form(
            request, context, *args, **kwargs
        )
        return answer

    def get_urls(self) -> list[URLPattern]:
        move = path(
            "<path:object_id>/move/",
            self.admin_site.admin_view(self.move_view),
            name="signals_signaloutput_move",
        )
        return [move, *super().get_urls()]

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Move a signal by hand: POST `status`, `note` and `seen`, how the person saw it."""
        signal = self.get_object(request, unquote(object_id))
        if signal is None:
            raise Http404
        may_view = self.has_view_permission(request, signal)
        if not may_view or not self.has_consume_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        try:
            self._move(request, signal)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        url = reverse("admin:signals_signaloutput_change", args=[signal.pk])
        return HttpResponseRedirect(url)

    def _move(self, request: HttpRequest, signal: SignalOutput) -> None:
        if request.POST.get("seen") != seen_mark(signal):
            raise Conflict(gettext("This signal has moved meanwhile: look again."))
        services.move_by_hand(
            signal,
            request.POST.get("status", ""),
            user=request.user,
            note=request.POST.get("note", "")[:1000],
        )
        self.message_user(request, gettext("The signal was moved."), messages.SUCCESS)


def _link(url: str, text: str) -> SafeString:
    return render_to_string("signals/link.html", {"url": url, "text": text})

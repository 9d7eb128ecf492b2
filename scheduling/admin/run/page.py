"""The page of one run: what came of it, the exact prompt, its timeline, its deliveries.

While anything on it is still to change, it asks `live` every few seconds, which answers 204 when
nothing has changed, and else with the parts that have.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from notifications.models import ChatSession, Delivery, Webhook
from pages.admin.parts import ShownOnly
from pages.markdown import MAX_CHARS
from scheduling import cycle_view, history, step_view
from scheduling.admin.approval_form import parts_of
from scheduling.comparison import comparison_of, not_told
from scheduling.models import Run
from signals.models import SignalOutput

_STOP_POLLING = 286  # htmx
_SHOWN = 20


class RunPage(ShownOnly):
    """The page's part of `RunAdmin`."""

    page_template = "scheduling/run/page.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<uuid:run_id>/live/", view(self.live), name="scheduling_run_live"),
            path("<uuid:run_id>/output/", view(self.output), name="scheduling_run_output"),
            path("<uuid:run_id>/data/", view(self.data), name="scheduling_run_data"),
        ]  # fmt: skip
        return own + list(super().get_urls())

    def shown(self, request: HttpRequest, object_id: str) -> dict[str, Any] | None:
        try:
            run_id = uuid.UUID(object_id)
            state = history.state_of(run_id)
            run = _whole(run_id)
        except (ValueError, Http404):
            return None
        return {**self._parts(request, run), "original": run, "state": state}

    def live(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """GET: what has changed since the fingerprints `run`, `told`, `cycle` and `steps`.

        204: nothing.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        state = history.state_of(run_id)
        if state is None:  # pruned meanwhile
            return HttpResponse(status=_STOP_POLLING)
        run_changed = request.GET.get("run") != state.run
        told_changed = request.GET.get("told") != state.told
        cycle_changed = request.GET.get("cycle") != state.cycle
        steps_changed = request.GET.get("steps") != state.steps
        if not (run_changed or told_changed or cycle_changed or steps_changed):
            return HttpResponse(status=204)
        context = self._parts(request, _whole(run_id)) | {
            "state": state,
            "run_changed": run_changed,
            "told_changed": told_changed or run_changed,
            "cycle_changed": cycle_changed or run_changed,
            "steps_changed": steps_changed or run_changed,
            "site_title": self.admin_site.each_context(request)["site_title"],
        }
        return TemplateResponse(request, "scheduling/run/live.html", context)

    def output(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """GET: the whole output as a text file."""
        run = self._column(request, run_id, "output")
        return _download(run.output, f"{run_id}.txt", "text/plain; charset=utf-8")

    def data(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """GET: the whole typed output as a JSON file."""
        run = self._column(request, run_id, "output_data")
        text = json.dumps(run.output_data, ensure_ascii=False, indent=2)
        return _download(text, f"{run_id}.json", "application/json")

    def _column(self, request: HttpRequest, run_id: uuid.UUID, name: str) -> Run:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(Run.objects.only(name), pk=run_id)

    def _parts(self, request: HttpRequest, run: Run) -> dict[str, Any]:
        """Everything the parts of the page show, as far as the reader may see it."""
        may = request.user.has_perm
        deliveries = _deliveries(run) if may("notifications.view_delivery") else []
        cycle = cycle_view.cycle_of(run)
        return {
            "run": run,
            "cycle": cycle,
            "steps": step_view.latest(run),
            **parts_of(run, request.user),
            "place": cycle.member(run) if cycle else None,
            "timeline": history.timeline(run, deliveries),
            "deliveries": deliveries,
            "comparison": comparison_of(run, Run.objects.all()),
            "not_told": not_told(run) if may("notifications.view_delivery") else [],
            "canceller": _canceller(run) if run.cancel_requested_at else "",
            "sessions": _sessions(run) if may("notifications.view_chatsession") else [],
            "signals": _signals(run) if may("signals.view_signaloutput") else [],
            "reruns": run.reruns.only("id", "status", "created_at")[:_SHOWN],
            "max_chars": MAX_CHARS,
            "can_operate": self.has_operate_permission(request),
            "can_replay": may("notifications.replay_delivery"),
            "can_see_task": may("scheduling.view_scheduledtask"),
            "can_see_agent": may("scheduling.view_agent"),
        }


def _whole(run_id: uuid.UUID) -> Run:
    """The run with what it names. Without the agent's credentials: a wrong key must not matter."""
    related = ("task", "agent", "requested_by")
    runs = Run.objects.select_related(*related).defer("agent__credentials")
    return get_object_or_404(runs, pk=run_id)


def _deliveries(run: Run) -> list[Delivery]:
    rows = Delivery.objects.filter(run_id=run.pk).order_by("created_at", "id")
    # What its button needs to know of a webhook, and no secret that a lost key could spoil.
    webhooks = Prefetch("webhook", Webhook.objects.only("active"))
    return list(rows.defer("payload").prefetch_related("attempts", webhooks))


def _canceller(run: Run) -> str:
    """Who asked for the cancel on these pages; "" for a program that asked by the API."""
    asked = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Run), object_id=str(run.pk)
    )
    return asked.values_list("user__username", flat=True).first() or ""


def _sessions(run: Run) -> QuerySet[ChatSession]:
    return ChatSession.objects.filter(run_id=run.pk)[:_SHOWN]


def _signals(run: Run) -> QuerySet[SignalOutput]:
    named = ("id", "ticker", "event_type", "task_name", "status")
    return SignalOutput.objects.filter(run_id=str(run.pk)).only(*named)[:_SHOWN]


def _download(text: str, name: str, content_type: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

"""The page that shows what every channel would get for a run, without sending anything."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from scheduling.channels import channels_for
from scheduling.models import Run, ScheduledTask

OFFERED_RUNS = 10
TOLD = (Run.Status.SUCCEEDED, Run.Status.FAILED)


class ChannelPage(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """`channels/?run=…` or `channels/?task=…`; without either it is a sample."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.channels_view)
        own = path("channels/", view, name="notifications_webhook_channels")
        return [own, *super().get_urls()]

    def channels_view(self, request: HttpRequest) -> HttpResponse:
        """Every registered format side by side, the task's own webhooks first."""
        needed = ("scheduling.view_run", "scheduling.view_taskwebhook")
        if not request.user.has_perms(needed):
            raise PermissionDenied
        run = _asked_run(request)
        task = run.task if run else _asked_task(request)
        runs = list(_told_runs(task)) if task else []
        if run is None and runs:
            run = runs[0]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What every channel would get"),
            "opts": self.opts,
            "run": run,
            "task": task,
            "runs": runs,
            "channels": channels_for(task, run),
        }
        return TemplateResponse(request, "scheduling/webhook/channels.html", context)


def _asked_run(request: HttpRequest) -> Run | None:
    asked = request.GET.get("run", "")
    if not asked:
        return None
    try:
        key = uuid.UUID(asked)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(Run.objects.filter(status__in=TOLD), pk=key)


def _asked_task(request: HttpRequest) -> ScheduledTask | None:
    asked = request.GET.get("task", "")
    return get_object_or_404(ScheduledTask, pk=asked) if asked else None


def _told_runs(task: ScheduledTask) -> list[Run]:
    told = Run.objects.filter(task=task, status__in=TOLD)
    return list(told.order_by("-created_at", "-id")[:OFFERED_RUNS])

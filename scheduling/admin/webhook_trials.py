"""Trying a webhook out as it stands in the form: what it would send, and one real test message."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from notifications import preview
from notifications.encryption import mask_url
from notifications.formatters import FORMATTERS, FormatterError
from pages.translation import translated
from scheduling.admin.secrets import blank_locked
from scheduling.admin.task.webhook_form import SECRETS, PreviewForm, TaskWebhookForm
from scheduling.models import Run, ScheduledTask, TaskWebhook
from scheduling.results import result_of
from scheduling.services import free_id
from signals.sanitise import cap_text

logger = logging.getLogger(__name__)

_SHOWN_CHARS = 20_000
_NAME_CHARS, _ID_CHARS = 200, 100  # what a task's columns hold
_KEY_DIGITS = 18  # what a key's column holds


class WebhookTrials(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The trials' part of `TaskWebhookAdmin`: two views that write nothing."""

    def get_urls(self) -> list[URLPattern]:
        views = [("preview", self.preview_view), ("test", self.test_view)]
        own: list[URLPattern] = [
            path(
                f"{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"scheduling_taskwebhook_{name}",
            )
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the webhook of the form, or the stored one, would send; by no network."""
        stored = _stored(request)
        if not _may_try(request, stored):
            if stored is None or not request.user.has_perm(
                "scheduling.view_taskwebhook"
            ):
                raise PermissionDenied
            blank_locked(stored, SECRETS)
            return _previewed(request, stored, None)
        form = _form(request, PreviewForm, stored)
        if form is None and stored is not None:
            blank_locked(stored, SECRETS)
            return _previewed(request, stored, None)
        if form is None:
            raise Http404
        if not form.is_valid():
            return _refused(request, form)
        return _previewed(request, form.instance, form)

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Post one test message by what the form says, and show what came of it."""
        stored = _stored(request)
        if not _may_try(request, stored):
            raise PermissionDenied
        form = _form(request, TaskWebhookForm, stored)
        if form is None:
            raise Http404
        if not form.is_valid():
            return _refused(request, form)
        webhook = form.instance
        formatter = FORMATTERS[webhook.format]
        if not formatter.needs_url:
            return render(request, "scheduling/webhook/untested.html")
        try:
            result = preview.send_test(webhook)
        except FormatterError as error:
            return _refused(request, form, error)
        logger.info(
            "webhook test to %s by %s: %s",
            mask_url(webhook.url),
            request.user,
            result.status or result.reason,
        )
        context = {"result": result, "host": mask_url(webhook.url)}
        return render(request, "scheduling/webhook/tested.html", context)


def _stored(request: HttpRequest) -> TaskWebhook | None:
    prefix = request.POST.get("prefix", "")
    key = request.POST.get(f"{prefix}-webhook_ptr") or request.POST.get("webhook", "")
    if not key:
        return None
    if not key.isdecimal() or len(key) > _KEY_DIGITS:
        raise Http404
    rows = TaskWebhook.objects.select_related("task").defer(*SECRETS)
    found: TaskWebhook = get_object_or_404(rows, pk=int(key))
    return found


def _may_try(request: HttpRequest, stored: TaskWebhook | None) -> bool:
    """Those who could save the form may try it out."""
    can = request.user.has_perm
    if stored is not None:
        return can("scheduling.change_taskwebhook") and can(
            "scheduling.change_scheduledtask"
        )
    return can("scheduling.add_taskwebhook") and (
        can("scheduling.change_scheduledtask") or can("scheduling.add_scheduledtask")
    )


def _form(
    request: HttpRequest, kind: type[TaskWebhookForm], stored: TaskWebhook | None
) -> TaskWebhookForm | None:
    prefix = request.POST.get("prefix", "")
    if not prefix:
        return None
    return kind(request.POST, prefix=prefix, instance=stored, user=request.user)


def _previewed(
    request: HttpRequest, webhook: TaskWebhook, form: TaskWebhookForm | None
) -> HttpResponse:
    task_id = webhook.task_id or request.POST.get("task", "")
    run = None
    if request.user.has_perm("scheduling.view_run"):
        run = _last_success(task_id)
    try:
        payload = _payload(task_id, run, request.POST if form else {})
        bodies = preview.bodies(webhook, payload)
        blanks = preview.blanks_of(webhook, payload)
    except FormatterError as error:
        return _refused(request, form, error)
    context = {
        "run": run,
        "blanks": blanks,
        "bodies": [cap_text(_pretty(body), _SHOWN_CHARS)[0] for body in bodies],
        "writes_row": not FORMATTERS[webhook.format].needs_url,
    }
    return render(request, "scheduling/webhook/previewed.html", context)


def _last_success(task_id: str) -> Run | None:
    done = Run.objects.filter(task_id=task_id, status=Run.Status.SUCCEEDED)
    return done.order_by("-created_at", "-id").first() if task_id else None


def _payload(task_id: str, run: Run | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """Of the last output, else of a sample: with the name and id that the task's form has now."""
    if run is not None:
        return result_of(run).payload()
    task = ScheduledTask.objects.filter(id=task_id).only("id", "name").first()
    name = typed.get("name", "").strip()[:_NAME_CHARS] or (task.name if task else "")
    known = task.id if task else typed.get("id", "").strip()[:_ID_CHARS]
    # Without an id of its own a task gets one made of its name.
    made = free_id(name) if name and not known else known
    return preview.sample_payload(task_id=made, task_name=name)


def _pretty(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2, default=str)


def _refused(
    request: HttpRequest,
    form: TaskWebhookForm | None,
    error: FormatterError | None = None,
) -> HttpResponse:
    """What is wrong, by field; the answer is a part of the page, so it is no HTTP error."""
    faults = (
        [(field.label, list(field.errors)) for field in form if field.errors]
        if form
        else []
    )
    general = list(form.non_field_errors()) if form else []
    if error is not None and form is not None and error.field in form.fields:
        faults.append((form[error.field].label, [translated(error.message)]))
    elif error is not None:
        general.append(str(error))
    context = {"faults": faults, "general": general}
    return render(request, "scheduling/webhook/refused.html", context)

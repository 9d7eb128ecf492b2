"""Trying a webhook out as it stands in the form: what it would send, and one real test message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from notifications import preview
from notifications.carriers import CARRIERS
from notifications.channel_preview import shown, sizes_of
from notifications.encryption import mask_url
from notifications.formatters import FORMATTERS, FormatterError
from notifications.models import Webhook
from pages.translation import translated
from scheduling.admin.secrets import blank_locked
from scheduling.admin.task.webhook_form import to_preview
from scheduling.admin.webhook_form import SECRETS, WebhookForm
from scheduling.channels import judged, payload_for, reason_of, result_to_preview
from scheduling.models import Run, ScheduledTask
from scheduling.services import free_id

logger = logging.getLogger(__name__)

_NAME_CHARS, _ID_CHARS = 200, 100  # what a task's columns hold
_KEY_DIGITS = 18  # what a key's column holds


class WebhookTrials(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """Two views that write nothing, for an admin of webhooks: `preview/` and `test/`."""

    trial_form: type[WebhookForm]

    def may_try(self, request: HttpRequest, stored: Webhook | None) -> bool:
        """Whether the reader may try out what the form says: who could save it."""
        raise NotImplementedError

    def may_test(self, request: HttpRequest) -> bool:
        """Whether the reader may send a test message by a webhook as it is stored."""
        return False

    def get_urls(self) -> list[URLPattern]:
        views = [("preview", self.preview_view), ("test", self.test_view)]
        stem = f"{self.opts.app_label}_{self.opts.model_name}"
        own: list[URLPattern] = [
            path(
                f"{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"{stem}_{name}",
            )
            for name, view in views
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What the webhook of the form, or the stored one, would send; by no network."""
        stored = self._stored(request)
        form = self._form(request, stored, to_preview(self.trial_form))
        if form is None or not self.may_try(request, stored):
            if stored is None and form is None:
                raise Http404
            if stored is None or not self.has_view_permission(request):
                raise PermissionDenied
            blank_locked(stored, SECRETS)
            return _previewed(request, stored, None)
        if not form.is_valid():
            return _refused(request, form)
        return _previewed(request, form.instance, form)

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Post one test message by what the form says, and show what came of it."""
        stored = self._stored(request)
        form = self._form(request, stored, self.trial_form)
        if form is None and stored is not None and self.may_test(request):
            if locked := blank_locked(stored, SECRETS):
                return _refused(request, None, text=" ".join(locked.values()))
            return _tested(request, stored, None)
        if not self.may_try(request, stored):
            raise PermissionDenied
        if form is None:
            raise Http404
        if not form.is_valid():
            return _refused(request, form)
        return _tested(request, form.instance, form)

    def trial_rows(self) -> QuerySet[Any]:
        """The webhooks that may be tried out, without their secrets."""
        rows: QuerySet[Any] = self.model._default_manager.defer(*Webhook.ENCRYPTED)  # noqa: SLF001 -- Django's documented API
        return rows

    def _stored(self, request: HttpRequest) -> Any:
        prefix = request.POST.get("prefix", "")
        key = request.POST.get(f"{prefix}-webhook_ptr") or request.POST.get("webhook", "")  # fmt: skip
        if not key:
            return None
        if not key.isdecimal() or len(key) > _KEY_DIGITS:
            raise Http404
        return get_object_or_404(self.trial_rows(), pk=int(key))

    def _form(
        self, request: HttpRequest, stored: Any, kind: type[WebhookForm]
    ) -> WebhookForm | None:
        prefix = request.POST.get("prefix", "")
        if not prefix and "in_form" not in request.POST:
            return None
        return kind(
            request.POST, prefix=prefix or None, instance=stored, user=request.user
        )


def _tested(
    request: HttpRequest, webhook: Webhook, form: WebhookForm | None
) -> HttpResponse:
    if FORMATTERS[webhook.format].carrier not in CARRIERS:
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
    context = {
        "result": result,
        "host": mask_url(webhook.url),
        "format": webhook.format,
    }
    return render(request, "scheduling/webhook/tested.html", context)


def _previewed(
    request: HttpRequest, webhook: Webhook, form: WebhookForm | None
) -> HttpResponse:
    task_id = getattr(webhook, "task_id", "") or request.POST.get("task", "")
    run = None
    if request.user.has_perm("scheduling.view_run"):
        run = _last_success(task_id)
    try:
        result = result_to_preview(run) if run else None
        payload = (
            payload_for(webhook, result)
            if result
            else _sample(task_id, request.POST if form else {})
        )
        bodies, verdict = preview.bodies(webhook, payload), judged(webhook, result)
        context = {
            "run": run,
            "messages": [shown(body) for body in bodies],
            "sizes": sizes_of(FORMATTERS[webhook.format], bodies),
            "reason": reason_of(verdict),
            "blanks": preview.blanks_of(webhook, payload),
            "writes_row": FORMATTERS[webhook.format].carrier == "table",
        }
    except FormatterError as error:
        return _refused(request, form, error)
    return render(request, "scheduling/webhook/previewed.html", context)


def _last_success(task_id: str) -> Run | None:
    done = Run.objects.filter(
        task_id=task_id, status=Run.Status.SUCCEEDED, session_id=None
    )
    return done.order_by("-created_at", "-id").first() if task_id else None


def _sample(task_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """A sample with the name and id that the task's form has now."""
    task = ScheduledTask.objects.filter(id=task_id).only("id", "name").first()
    if task is None and typed and not typed.get("prefix"):  # the name is the webhook's
        return preview.sample_payload()
    name = typed.get("name", "").strip()[:_NAME_CHARS] or (task.name if task else "")
    known = task.id if task else typed.get("id", "").strip()[:_ID_CHARS]
    # Without an id of its own a task gets one made of its name.
    made = free_id(name) if name and not known else known
    return preview.sample_payload(task_id=made, task_name=name)


def _refused(
    request: HttpRequest,
    form: WebhookForm | None,
    error: FormatterError | None = None,
    *,
    text: str = "",
) -> HttpResponse:
    """What is wrong, by field; the answer is a part of the page, so it is no HTTP error."""
    faults = (
        [(field.label, list(field.errors)) for field in form if field.errors]
        if form
        else []
    )
    general = list(form.non_field_errors()) if form else []
    general += [text] if text else []
    if error is not None and form is not None and error.field in form.fields:
        faults.append((form[error.field].label, [translated(error.message)]))
    elif error is not None:
        general.append(str(error))
    context = {"faults": faults, "general": general}
    return render(request, "scheduling/webhook/refused.html", context)

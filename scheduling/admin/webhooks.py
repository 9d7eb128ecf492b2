"""The webhooks of all tasks: looked at here, changed on their task's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from notifications.formatters import uses_of
from notifications.models import Webhook
from pages.admin.parts import ReadOnly
from scheduling.admin.secrets import blank_locked
from scheduling.admin.task.webhook_form import TaskWebhookForm
from scheduling.admin.webhook_acts import WebhookActs
from scheduling.admin.webhook_columns import WebhookColumns
from scheduling.admin.webhook_form import SECRETS
from scheduling.models import TaskWebhook


@admin.register(TaskWebhook)
class TaskWebhookAdmin(ReadOnly, WebhookColumns, WebhookActs):
    trial_form = TaskWebhookForm
    list_display = ("named", "of_task", "format_name", "host", "rule", "state", "last_delivery")  # fmt: skip
    list_display_links = None
    search_fields = ("name", "task__id", "task__name")
    fields = ("name", "format")
    change_form_template = "admin/scheduling/taskwebhook/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskWebhook]:
        rows: QuerySet[TaskWebhook] = super().get_queryset(request)
        return rows.select_related("task").order_by("task__name", "pk")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> TaskWebhook | None:
        webhook: Any = super().get_object(request, object_id, from_field)
        if webhook is not None:
            webhook.locked = blank_locked(webhook, SECRETS)
        return webhook  # type: ignore[no-any-return]

    def trial_rows(self) -> QuerySet[Any]:
        return super().trial_rows().select_related("task")

    def may_change(self, request: HttpRequest) -> bool:
        """Not on these read-only pages, but by the buttons of one."""
        return bool(request.user.has_perm("scheduling.change_taskwebhook"))

    def may_try(self, request: HttpRequest, stored: Webhook | None) -> bool:
        can = request.user.has_perm
        if stored is not None:
            return self.may_change(request) and can("scheduling.change_scheduledtask")
        return can("scheduling.add_taskwebhook") and (
            can("scheduling.change_scheduledtask")
            or can("scheduling.add_scheduledtask")
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        webhook: Any = kwargs["obj"]
        context |= {
            **self.acts_context(request, webhook),
            "headers": list(webhook.headers),
            "used": uses_of(webhook.format),
        }
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    @admin.display(description=_("Task"), ordering="task__name")
    def of_task(self, webhook: TaskWebhook) -> SafeString:
        return render_to_string("scheduling/webhook/task.html", {"task": webhook.task})

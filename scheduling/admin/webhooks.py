"""The webhooks of all tasks: looked at here, changed on their task's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from notifications import services
from notifications.admin.filters import FormatFilter
from notifications.encryption import DecryptionError, decrypt, mask_url
from notifications.formatters import uses_of
from notifications.labels import format_label
from notifications.models import Delivery
from pages.admin.parts import ReadOnly, status_cell
from scheduling.admin.secrets import blank_locked
from scheduling.admin.task.webhook_form import SECRETS
from scheduling.admin.webhook_trials import WebhookTrials
from scheduling.models import TaskWebhook


class StateFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("state")
    parameter_name = "state"
    WHERE = {
        "on": Q(active=True),
        "off": Q(active=False, disabled_reason=""),
        "dead": Q(active=False) & ~Q(disabled_reason=""),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("on", _("Switched on")),
            ("off", _("Switched off")),
            ("dead", _("Switched off by Backbeat")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        where = self.WHERE.get(self.value() or "")
        return queryset.filter(where) if where else queryset


@admin.register(TaskWebhook)
class TaskWebhookAdmin(ReadOnly, WebhookTrials):
    list_display = ("named", "of_task", "format_name", "host", "notify_on", "state", "last_delivery")  # fmt: skip
    list_display_links = None
    list_filter = (
        StateFilter,
        FormatFilter,
        ("notify_on", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    search_fields = ("name", "task__id", "task__name")
    show_full_result_count = False
    fields = ("name", "format")
    change_form_template = "admin/scheduling/taskwebhook/page.html"

    class Media:
        css = {"all": ["backbeat/webhooks.css"]}
        js = ["backbeat/webhooks.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskWebhook]:
        last = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-created_at")
        rows: QuerySet[TaskWebhook] = super().get_queryset(request)
        # The URLs as they are stored: one lost key must not take the page with it.
        return (
            rows.defer(*SECRETS)
            .select_related("task")
            .annotate(
                url_token=Cast("url", TextField()),
                last_status=Subquery(last.values("status")[:1]),
            )
            .order_by("task__name", "pk")
        )

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> TaskWebhook | None:
        webhook: Any = super().get_object(request, object_id, from_field)
        if webhook is not None:
            webhook.locked = blank_locked(webhook, SECRETS)
        return webhook  # type: ignore[no-any-return]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.switch_on_view))
        own = path(
            "<int:webhook_id>/switch-on/", view, name="scheduling_taskwebhook_switch_on"
        )
        return [own, *super().get_urls()]

    def switch_on_view(self, request: HttpRequest, webhook_id: int) -> HttpResponse:
        """Use a webhook again that was switched off, and go back to its page."""
        if not may_switch(request):
            raise PermissionDenied
        webhook = get_object_or_404(TaskWebhook.objects.defer(*SECRETS), pk=webhook_id)
        if services.switch_on(webhook, user=request.user):
            self.message_user(request, _("The webhook is switched on again."))
        else:
            self.message_user(
                request, _("The webhook was switched on already."), messages.INFO
            )
        return redirect("admin:scheduling_taskwebhook_change", webhook_id)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        webhook: Any = kwargs["obj"]
        context |= {
            "webhook": webhook,
            "headers": list(webhook.headers),
            "used": uses_of(webhook.format),
            "may_switch": may_switch(request),
        }
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    @admin.display(description=_("Name"), ordering="name")
    def named(self, webhook: TaskWebhook) -> SafeString:
        return render_to_string("scheduling/webhook/name.html", {"webhook": webhook})

    @admin.display(description=_("Task"), ordering="task__name")
    def of_task(self, webhook: TaskWebhook) -> SafeString:
        return render_to_string("scheduling/webhook/task.html", {"task": webhook.task})

    @admin.display(description=_("Format"), ordering="format")
    def format_name(self, webhook: TaskWebhook) -> str:
        return format_label(webhook.format)

    @admin.display(description=_("Receiver"))
    def host(self, webhook: Any) -> str:
        if not webhook.url_token:
            return "–"
        try:
            return mask_url(decrypt(webhook.url_token, of="url"))
        except DecryptionError:
            return str(_("(cannot be read: its key is lost)"))

    @admin.display(description=_("State"), ordering="active")
    def state(self, webhook: TaskWebhook) -> SafeString:
        return render_to_string("scheduling/webhook/state.html", {"webhook": webhook})

    @admin.display(description=_("Last delivery"))
    def last_delivery(self, webhook: Any) -> SafeString | str:
        if not webhook.last_status:
            return "–"
        label = Delivery.Status(webhook.last_status).label
        return status_cell(webhook.last_status, str(label))


def may_switch(request: HttpRequest) -> bool:
    """Whether the reader may change webhooks, though not on these read-only pages."""
    return request.user.has_perm("scheduling.change_taskwebhook")

"""Deliveries and their attempts: read-only, but for replay and cancel."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    FieldTextFilter,
)

from notifications import services
from notifications.admin.filters import FormatFilter
from notifications.admin.replaying import ReplaySelected
from notifications.exceptions import Conflict
from notifications.labels import format_label, webhook_label
from notifications.models import Delivery, Webhook
from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly
from pages.admin.rows import DrawnList
from signals.sanitise import cap_text

_SHOWN_CHARS = 20_000
_SHOWN_MEMBERS = 200
_STATUSES: dict[str, Any] = dict(Delivery.Status.choices)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, ReplaySelected, DrawnList):
    cells = "notifications/cells"
    list_display = ("created", "sort", "task", "named", "format_name", "state", "attempts_made", "short_error", "run")  # fmt: skip
    list_display_links = None
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        FormatFilter,
        ("webhook_name", FieldTextFilter),
        ("created_at", DaysFilter),
    )
    list_filter_submit = True
    list_per_page = 50
    search_fields = ("task_id",)
    search_help_text = _("Task id, webhook, or the id of a run")
    actions = ("replay",)
    show_full_result_count = False
    # Not the webhook itself: a wrong key for its URL would take the page down with it.
    fields = ("status",)
    change_form_template = "admin/notifications/delivery/page.html"

    class Media:
        css = {"all": ["backbeat/webhooks.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        rows: QuerySet[Delivery] = super().get_queryset(request)
        return rows.defer("payload")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A whole id finds its run or delivery; other words are parts of names."""
        term = search_term.strip()
        try:
            exact = uuid.UUID(term)
        except ValueError:
            words = Q(task_id__icontains=term) | Q(webhook_name__icontains=term)
            return queryset.filter(words) if term else queryset, False
        return queryset.filter(Q(run_id=exact) | Q(id=exact)), False

    def get_urls(self) -> list[URLPattern]:
        verbs = {
            "replay": self.replay_view,
            "cancel": self.cancel_view,
            "mark_arrived": self.mark_arrived_view,
        }
        own: list[URLPattern] = [
            path(
                f"<uuid:delivery_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"notifications_delivery_{name}",
            )
            for name, view in verbs.items()
        ]
        return [*own, *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("notifications.replay_delivery"))

    def replay_view(self, request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
        """Deliver it again, and go back to `next`."""
        done = _("The delivery is sent again.")
        return self._do(request, delivery_id, services.replay, str(done))

    def cancel_view(self, request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
        """Send it no more, and go back to `next`."""
        done = _("The delivery is cancelled.")
        return self._do(request, delivery_id, services.cancel_delivery, str(done))

    def mark_arrived_view(
        self, request: HttpRequest, delivery_id: uuid.UUID
    ) -> HttpResponse:
        """Say that what was in doubt has arrived, and go back to `next`."""
        done = _("The delivery is marked as arrived.")
        return self._do(request, delivery_id, services.mark_arrived, str(done))

    def _do(
        self,
        request: HttpRequest,
        delivery_id: uuid.UUID,
        verb: Callable[..., Any],
        done: str,
    ) -> HttpResponse:
        if not self.has_replay_permission(request):
            raise PermissionDenied
        delivery = get_object_or_404(Delivery.objects.defer("payload"), pk=delivery_id)
        try:
            verb(delivery, user=request.user)
            self.message_user(request, done)
        except Conflict as error:
            self.message_user(request, str(error), messages.WARNING)
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(
            back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        page = reverse("admin:notifications_delivery_change", args=[delivery_id])
        return HttpResponseRedirect(back if safe else page)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        delivery: Delivery = kwargs["obj"]
        webhooks = Prefetch("webhook", Webhook.objects.only("active"))
        prefetch_related_objects([delivery], webhooks, "incident")
        members = delivery.members.defer("payload").order_by("created_at", "id")
        text = json.dumps(delivery.payload, ensure_ascii=False, indent=2)
        context |= {
            "delivery": delivery,
            "members": members[:_SHOWN_MEMBERS],
            "can_replay": self.has_replay_permission(request),
            # The beginning: an output may have ten megabytes.
            "payload": cap_text(text, _SHOWN_CHARS)[0],
        }
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    @admin.display(description=_("Created"), ordering="created_at")
    def created(self, delivery: Delivery) -> datetime:
        return delivery.created_at

    @admin.display(description=_("Kind"), ordering="kind")
    def sort(self, delivery: Delivery) -> str:
        return delivery.get_kind_display()

    @admin.display(description=_("Task"), ordering="task_id")
    def task(self, delivery: Delivery) -> str:
        return delivery.task_id

    @admin.display(description=_("Webhook"), ordering="webhook_name")
    def named(self, delivery: Delivery) -> str:
        return webhook_label(delivery.webhook_name, delivery.format)

    @admin.display(description=_("Format"), ordering="format")
    def format_name(self, delivery: Delivery) -> str:
        return format_label(delivery.format)

    @admin.display(description=_("Status"), ordering="status")
    def state(self, delivery: Delivery) -> str:
        return str(_STATUSES.get(delivery.status, delivery.status))

    @admin.display(description=_("Error"))
    def short_error(self, delivery: Delivery) -> str:
        return delivery.error

    @admin.display(description=_("Run"))
    def run(self, delivery: Delivery) -> uuid.UUID | None:
        return delivery.run_id

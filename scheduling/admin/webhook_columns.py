"""Lists of webhooks: their columns, and what they are narrowed by."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from notifications.admin.filters import FormatFilter
from notifications.encryption import DecryptionError, decrypt, mask_url
from notifications.labels import format_label
from notifications.models import Delivery, Webhook
from notifications.rule_words import rule_in_words
from pages.admin.parts import status_cell


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


class WebhookColumns(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The list's part of an admin of webhooks."""

    list_filter: Any = (
        StateFilter,
        FormatFilter,
        ("notify_on", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    show_full_result_count = False

    class Media:
        css = {"all": ["backbeat/webhooks.css"]}
        js = ["backbeat/webhooks.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        last = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-created_at")
        rows: QuerySet[Any] = super().get_queryset(request)
        # The URLs as they are stored: one lost key must not take the page with it.
        found: QuerySet[Any] = rows.defer(*Webhook.ENCRYPTED).annotate(
            url_token=Cast("url", TextField()),
            last_status=Subquery(last.values("status")[:1]),
        )
        return found

    @admin.display(description=_("Name"), ordering="name")
    def named(self, webhook: Webhook) -> SafeString:
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        context = {"webhook": webhook, "page": page}
        return render_to_string("scheduling/webhook/name.html", context)

    @admin.display(description=_("Format"), ordering="format")
    def format_name(self, webhook: Webhook) -> str:
        return format_label(webhook.format)

    @admin.display(description=_("Receiver"))
    def host(self, webhook: Any) -> str:
        if not webhook.url_token:
            return "–"
        try:
            return mask_url(decrypt(webhook.url_token, of="url"))
        except DecryptionError:
            return str(_("(cannot be read: its key is lost)"))

    @admin.display(description=_("Tells about"), ordering="notify_on")
    def rule(self, webhook: Webhook) -> str:
        return capfirst(rule_in_words(webhook))

    @admin.display(description=_("State"), ordering="active")
    def state(self, webhook: Webhook) -> SafeString:
        return render_to_string("scheduling/webhook/state.html", {"webhook": webhook})

    @admin.display(description=_("Last delivery"))
    def last_delivery(self, webhook: Any) -> SafeString | str:
        if not webhook.last_status:
            return "–"
        label = Delivery.Status(webhook.last_status).label
        return status_cell(webhook.last_status, str(label))

"""Replaying what was chosen in the list: its answer asks first, and is sent back with `post`."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin

from notifications import services
from notifications.formatters import FORMATTERS
from notifications.models import Delivery

CONFIRM = "admin/notifications/delivery/replay_selected.html"
_STATUSES: dict[str, Any] = dict(Delivery.Status.choices)
_MAY_HAVE_ARRIVED = (Delivery.Status.UNKNOWN, Delivery.Status.DELIVERED)


class ReplaySelected(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The action `replay` of the list of deliveries."""

    @admin.action(
        description=_("Replay the selected deliveries"), permissions=["replay"]
    )
    def replay(
        self, request: HttpRequest, queryset: QuerySet[Delivery]
    ) -> HttpResponse | None:
        """Ask how many and what; then deliver them again, at a rate."""
        if "post" not in request.POST:
            return self._confirmation(request, queryset)
        try:
            replayed = services.replay_all(queryset, user=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.WARNING)
            return None
        text = ngettext(
            "%(count)d delivery is sent again.",
            "%(count)d deliveries are sent again.",
            replayed,
        )
        level = messages.SUCCESS if replayed else messages.WARNING
        self.message_user(request, text % {"count": replayed}, level)
        return None

    def _confirmation(
        self, request: HttpRequest, rows: QuerySet[Delivery]
    ) -> HttpResponse:
        can = services.replayable(rows).order_by()
        by_status = dict(can.values_list("status").annotate(Count("pk")))
        count = sum(by_status.values())
        chats = [n for n, each in FORMATTERS.items() if not each.deduplicates]
        title = ngettext(
            "Replay %(count)d delivery?", "Replay %(count)d deliveries?", count
        )
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"count": count},
            "opts": self.opts,
            "count": count,
            "left_out": rows.count() - count,
            "statuses": [
                (status, _STATUSES[status], number)
                for status, number in sorted(by_status.items())
            ],
            "twice": can.filter(status__in=_MAY_HAVE_ARRIVED, format__in=chats).count(),
            "minutes": round(services.seconds_to_replay(count) / 60),
            "box": ACTION_CHECKBOX_NAME,
            # All that the filters find are not named one by one: the address holds the filters.
            "across": request.POST.get("select_across") == "1",
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
        }
        return TemplateResponse(request, CONFIRM, context)

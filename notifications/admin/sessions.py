"""Chat sessions: read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import DropdownFilter

from notifications.models import ChatSession
from pages.admin.filters import DaysFilter
from pages.admin.parts import ReadOnly, status_cell, when_cell
from pages.people import names_of


class ReadFilter(DropdownFilter):  # type: ignore[misc] # unfold ships no types
    title = _("read")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Read")), ("no", _("Unread"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            return queryset.filter(read_at__isnull=self.value() == "no")
        return queryset


@admin.register(ChatSession)
class ChatSessionAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc] # unfold ships no types
    list_display = ("title", "user", "created", "read")
    list_filter = (ReadFilter, ("created_at", DaysFilter))
    list_filter_submit = True
    search_fields = ("title", "user_id", "task_id")
    show_full_result_count = False
    fields = ("title",)
    change_form_template = "admin/notifications/chatsession/page.html"

    class Media:
        css = {
            "all": ["backbeat/webhooks.css", "backbeat/prose.css", "backbeat/code.css"]
        }

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The names of the page's users come by one query, not one a row."""
        changelist = super().get_changelist_instance(request)
        people = names_of({session.user_id for session in changelist.result_list})
        for session in changelist.result_list:
            session.person = people.get(session.user_id, session.user_id)
        return changelist

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        session: ChatSession = kwargs["obj"]
        context |= {
            "session": session,
            "person": names_of({session.user_id}).get(session.user_id, session.user_id),
            "said": session.messages.all(),
        }
        response: HttpResponse = super().render_change_form(request, context, **kwargs)
        return response

    @admin.display(description=_("User"), ordering="user_id")
    def user(self, session: Any) -> str:
        return str(session.person)

    @admin.display(description=_("Created"), ordering="created_at")
    def created(self, session: ChatSession) -> SafeString:
        return when_cell(session.created_at)

    @admin.display(description=pgettext_lazy("a message", "Read"), ordering="read_at")
    def read(self, session: ChatSession) -> SafeString:
        if session.read_at is None:
            return status_cell("new", gettext("unread"))
        return when_cell(session.read_at)

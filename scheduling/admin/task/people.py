"""Choosing a person in the task's form: a search that answers with usernames alone.

The admin's own search of users asks for the right to look at users, which editors do not need.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from scheduling.admin.widgets import SearchSelect

PAGE = 20
MOST_OFFERED = 200  # to those who have no scripts to search with


class PersonSelect(SearchSelect):
    """The users of this installation by name; the value is the key, as text.

    A stored value that names none of them is kept and shown.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        searching = {
            "data-ajax--type": "GET",
            "data-ajax--delay": 250,
            "data-allow-clear": "true",
            "data-placeholder": _("Nobody"),
            "data-width": "100%",
        }
        super().__init__({**searching, **(attrs or {})})

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        url = reverse("admin:scheduling_scheduledtask_people")
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-ajax--url": url}

    def optgroups(
        self, name: str, value: list[Any], attrs: dict[str, Any] | None = None
    ) -> Any:
        """Who is chosen, and the first users by name; the others are found by searching."""
        keys = [str(each) for each in value if each]
        offered = dict(_first_people())
        strangers = {key: person_name(key) for key in keys if key not in offered}
        choices = [("", ""), *(strangers | offered).items()]
        return [
            (
                None,
                [self.create_option(name, key, label, key in (keys or [""]), at)],
                at,
            )
            for at, (key, label) in enumerate(choices)
        ]


def _first_people() -> list[tuple[str, str]]:
    model = get_user_model()
    users = model.objects.filter(is_active=True).order_by(model.USERNAME_FIELD)
    rows = users.values_list("pk", model.USERNAME_FIELD)[:MOST_OFFERED]
    return [(str(key), name) for key, name in rows]


def person_name(key: str) -> str:
    """The username of the user whose key this text is, or the text with a note that it is none."""
    users = get_user_model().objects
    try:
        user = users.filter(pk=key).first()
    except ValueError:  # not what keys look like here
        user = None
    if user is None:
        return gettext("%(key)s (no user of this installation)") % {"key": key}
    return str(user.get_username())


class PeopleSearch(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """The search's part of `ScheduledTaskAdmin`: `people/`, as select2 asks for it."""

    def get_urls(self) -> Any:
        view = self.admin_site.admin_view(self.people_view)
        name = "scheduling_scheduledtask_people"
        return [path("people/", view, name=name), *super().get_urls()]

    def people_view(self, request: HttpRequest) -> JsonResponse:
        if not (
            self.has_change_permission(request) or self.has_add_permission(request)
        ):
            raise PermissionDenied
        model = get_user_model()
        found = model.objects.filter(
            is_active=True,
            **{f"{model.USERNAME_FIELD}__icontains": request.GET.get("term", "")[:150]},
        ).order_by(model.USERNAME_FIELD)
        page = Paginator(found, PAGE).get_page(request.GET.get("page"))
        results = [{"id": str(user.pk), "text": user.get_username()} for user in page]
        more = page.has_next()
        return JsonResponse({"results": results, "pagination": {"more": more}})

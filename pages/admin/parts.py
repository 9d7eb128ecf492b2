"""What the admins of all apps share."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from pages.templatetags.pages import status, when


class ReadOnly:
    """History is looked at, never written."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShownOnly(ModelAdmin):  # type: ignore[misc] # unfold ships no types
    """A page of one row with nothing to save on it, by a template of its own."""

    page_template: str

    def shown(self, request: HttpRequest, object_id: str) -> dict[str, Any] | None:
        """Return what the page shows, with the row as `original`; None when there is no such row."""
        raise NotImplementedError

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """GET: the page. It needs the right to view."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET"])
        shown = self.shown(request, object_id)
        if shown is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self.admin_site.each_context(request),
            **shown,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.page_template, context)


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page that `next` names, with its filters; `otherwise` when that is another site."""
    to = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return to if is_ours else otherwise


def status_cell(value: str, label: str = "") -> SafeString:
    """A state by icon and word, for a column of a list."""
    return status(value, label)


def when_cell(instant: Any, zone: str = "") -> SafeString:
    """How long ago or ahead, with the exact time on hover, for a column of a list."""
    return when(instant, zone)

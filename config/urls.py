"""URLs. Each app names the paths of its API in its `api/urls.py`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.health import healthz
from config.problems import django_handler
from notifications.api.urls import urlpatterns as notifications_urls
from scheduling import inbox_reply
from scheduling.api.urls import urlpatterns as scheduling_urls
from scheduling.mcp.http import McpView
from signals.api.urls import urlpatterns as signals_urls


def with_other_slash(patterns: Iterable[URLPattern]) -> list[URLPattern]:
    """Return the same paths with the final slash the others have not, for the forgetful.

    They answer alike, without a redirect (which would lose the body of a POST).
    """
    return [path(_other(str(each.pattern)), _same_view(each)) for each in patterns]


def _other(route: str) -> str:
    return route.removesuffix("/") if route.endswith("/") else f"{route}/"


def _same_view(pattern: URLPattern) -> Any:
    # A plain function, which the OpenAPI document does not list a second time.
    @csrf_exempt
    @wraps(pattern.callback, updated=())
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = pattern.callback(request, *args, **kwargs)
        return answer

    return view


API: list[URLPattern] = [
    *scheduling_urls,
    *notifications_urls,
    *signals_urls,
    path("v2/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "v2/docs",
        SpectacularSwaggerView.as_view(url_name="api-schema"),
        name="api-docs",
    ),
]

handler400 = django_handler(
    400, "The request is not one that can be read.", defaults.bad_request
)
handler403 = django_handler(403, "This is not allowed.", defaults.permission_denied)
handler404 = django_handler(
    404, "There is nothing at this address.", defaults.page_not_found
)
handler500 = django_handler(
    500, "A fault of this server; its log says more.", defaults.server_error
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("notifications.inbox.urls")),
    path("sessions/<uuid:pk>/reply/", inbox_reply.reply, name="inbox-reply"),
    path("sessions/<uuid:pk>/live/", inbox_reply.live, name="inbox-live"),
    path("", include("pages.urls")),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("mcp", McpView.as_view(), name="api-mcp"),
    *API,
    *with_other_slash(API),
    path("", include("scheduling.gateways.urls")),
    # Not left to handler404, which does not speak while DEBUG is on.
    re_path(r"^v2/", csrf_exempt(handler404)),
]

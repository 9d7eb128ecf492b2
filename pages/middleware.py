"""What every page gets: the reader's own zone, and a policy of what it may load."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

Answer = Callable[[HttpRequest], HttpResponse]

ZONE_COOKIE = "timezone"
"""The zone that the reader chose on the account page."""
BROWSER_COOKIE = "browser_timezone"
"""The zone of the reader's browser, as `static/backbeat/reader.js` finds it."""

# Browsers go on saying these after the tz database has renamed them.
_RENAMED = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
}

_STRICT = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:"
)
# unfold's Alpine evaluates expressions and sets styles; without these the admin is dead.
_ADMIN = (
    f"{_STRICT}; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'"
)
# The page of the API's documentation starts itself with a script of its own.
_DOCS = (
    f"{_STRICT}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
)


def in_readers_zone(get_response: Answer) -> Answer:
    """Times are shown and read in the zone that the reader chose or their browser named.

    Not in the API, whose times are UTC for everybody.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/v2/"):
            return get_response(request)
        with timezone.override(readers_zone(request)):
            return get_response(request)

    return middleware


def readers_zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone the reader chose, else their browser's, else the installation's own."""
    for cookie in (ZONE_COOKIE, BROWSER_COOKIE):
        said = request.COOKIES.get(cookie, "")
        name = _RENAMED.get(said, said)
        if name in known_zones():
            return zoneinfo.ZoneInfo(name)
    return zoneinfo.ZoneInfo(settings.SCHEDULING.default_timezone)


@cache
def known_zones() -> frozenset[str]:
    """The names of all zones; to list them anew takes as long as a whole page."""
    return frozenset(zoneinfo.available_timezones())


def content_security_policy(get_response: Answer) -> Answer:
    """Pages load nothing from other hosts; outside the admin they run no inline script either."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            policy = _ADMIN
        else:
            policy = _DOCS if request.path.startswith("/v2/docs") else _STRICT
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware

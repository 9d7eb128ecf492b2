"""`GET /scheduler/ical?key=…`: the live feed that calendar programs subscribe to (CONTRACTS A2).

They can send no headers, so the key stands in the address: it opens this feed and nothing else,
and its user can revoke it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from scheduling import services
from scheduling.api.calendar_file import FilterError, calendar_response, filtered
from scheduling.selectors import tasks_visible_to

_REFUSED = "This address has no valid key: make one on your account page.\n"


@require_safe
def ical_feed(request: HttpRequest) -> HttpResponse:
    """The tasks that the key's user sees. `api_key` and `user_id` are APFlow's words."""
    asked = request.GET
    key = services.find_feed_key(asked.get("key") or asked.get("api_key") or "")
    if key is None or asked.get("user_id") not in (None, "", str(key.user_id)):
        return _private(_plain(_REFUSED, 403))
    user = key.user
    if user.is_staff and not user.has_perm("scheduling.view_scheduledtask"):
        return _private(_plain("You may not look at tasks any more.\n", 403))
    request.user = user
    try:
        tasks = filtered(tasks_visible_to(user), asked)
    except FilterError as error:
        return _private(_plain(f"{error.field}: {error}\n", 400))
    services.mark_key_used(key, timezone.now())
    return _private(calendar_response(request, tasks, asked.get("name", "")))


def _plain(text: str, status: int) -> HttpResponse:
    answer = HttpResponse(text, "text/plain; charset=utf-8", status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _private(answer: HttpResponse) -> HttpResponse:
    """Whoever follows a link from here does not tell where it stood."""
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer

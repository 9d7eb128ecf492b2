"""What browsers send, before any page reads it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    QueryDict,
    UnreadablePostError,
)

Answer = Callable[[HttpRequest], HttpResponse]

_FOR_PROGRAMS = ("/v2/", "/api/", "/webhook/", "/tasks")
"""They read bodies themselves, bounded and as they are."""
_SEARCHES = ("q", "term")
_MOST_OF_A_SEARCH = 200
"""Each word of it is a condition on each column that is searched; SQLite takes a thousand."""
_MOST_OF_A_QUERY = 5_000
"""SQLite looks for no text of 50 000 bytes."""


def bounded(get_response: Answer) -> Answer:
    """Leave NUL out of queries, forms and cookies, and the end out of what is too long to look for.

    Nobody types NUL, and PostgreSQL takes it in no text, not even to look for one. An address
    with it leads nowhere. The API itself tells what is wrong with its values.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_FOR_PROGRAMS):
            return get_response(request)
        if "\0" in request.path:
            raise Http404
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        request.GET = _changed(request.GET, _shortened)  # type: ignore[assignment] # immutable, too
        if request.method == "POST":
            with suppress(UnreadablePostError):  # who sent it has gone
                request.POST = _changed(request.POST, _without_nul)  # type: ignore[assignment] # the same
        return get_response(request)

    return middleware


def _without_nul(_name: str, value: str) -> str:
    return value.replace("\0", "")


def _shortened(name: str, value: str) -> str:
    most = _MOST_OF_A_SEARCH if name in _SEARCHES else _MOST_OF_A_QUERY
    return _without_nul(name, value)[:most]


def _changed(sent: QueryDict, change: Callable[[str, str], str]) -> QueryDict:
    """`sent` itself where nothing is to change."""
    changed = sent.copy()
    for name, values in sent.lists():
        changed.setlist(name, [change(name, value) for value in values])
    return sent if changed == sent else changed

"""The inbox: what tasks had to say to the person who is signed in."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications.models import ChatMessage, ChatSession
from notifications.selectors import (
    containing,
    inbox_of,
    newer_than,
    older_than,
    with_excerpts,
)

PAGE_SIZE = 30
MAX_MESSAGES = 100
"""A longer conversation is shown from here to its end."""
_MAX_QUERY_CHARS = 100


@never_cache
@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """One's sessions, newest first: `?q=` words, `?unread=1`, `?older=` / `?newer=` than an id."""
    words = request.GET.get("q", "").replace("\0", "")[:_MAX_QUERY_CHARS].strip()
    unread = request.GET.get("unread") == "1"
    own = inbox_of(request.user)
    found = containing(own.filter(read_at=None) if unread else own, words)
    sessions, has_newer, has_older = _page(request, own, found)
    context = {
        "sessions": sessions,
        "has_newer": has_newer,
        "has_older": has_older,
        "q": words,
        "unread_only": unread,
        "unread_count": own.filter(read_at=None).count(),
        "now": timezone.now(),
    }
    return render(request, "inbox/inbox.html", context)


@never_cache
@require_safe
@login_required
def session(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One conversation of one's own. Looking marks nothing: the page asks for that by a POST."""
    shown = get_object_or_404(inbox_of(request.user), pk=pk)
    return render(request, "inbox/session.html", session_context(request, shown))


def session_context(request: HttpRequest, shown: ChatSession) -> dict[str, Any]:
    """What the page of one's own session `shown` is given."""
    own = inbox_of(request.user)
    neighbours = {"id", "title"}
    return {
        **said_in(shown),
        "newer": newer_than(own, shown).only(*neighbours).first(),
        "older": older_than(own, shown).only(*neighbours).first(),
        "unread_count": own.filter(read_at=None).count(),
    }


def said_in(shown: ChatSession) -> dict[str, Any]:
    """The session with its latest messages, oldest first; `most`: there are more than so many."""
    latest = list(shown.messages.order_by("-created_at", "-id")[: MAX_MESSAGES + 1])
    return {
        "session": shown,
        "messages_shown": latest[:MAX_MESSAGES][::-1],
        "most": MAX_MESSAGES if len(latest) > MAX_MESSAGES else None,
    }


@never_cache
@require_safe
@login_required
def message_text(request: HttpRequest, pk: uuid.UUID, message: int) -> HttpResponse:
    """The whole of one message as it was written, as a text file."""
    own = ChatMessage.objects.filter(session__in=inbox_of(request.user))
    content = get_object_or_404(own, session_id=pk, pk=message).content
    return HttpResponse(
        content,
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="message-{message}.txt"'
        },
    )


def _page(
    request: HttpRequest, own: QuerySet[ChatSession], found: QuerySet[ChatSession]
) -> tuple[list[ChatSession], bool, bool]:
    """The sessions of this page, and whether there are newer and older ones of those found."""
    rows = with_excerpts(found)
    if (place := _place(own, request.GET.get("newer"))) is not None:
        nearest = list(newer_than(rows, place)[: PAGE_SIZE + 1])
        if len(nearest) > PAGE_SIZE:
            return nearest[:PAGE_SIZE][::-1], True, True
        return _from(rows, None)  # there are no more than the first page holds
    return _from(rows, _place(own, request.GET.get("older")))


def _from(
    rows: QuerySet[ChatSession], place: ChatSession | None
) -> tuple[list[ChatSession], bool, bool]:
    page = list((older_than(rows, place) if place else rows)[: PAGE_SIZE + 1])
    return page[:PAGE_SIZE], place is not None, len(page) > PAGE_SIZE


def _place(own: QuerySet[ChatSession], pk: Any) -> ChatSession | None:
    """The session that a page starts from; None of one that is gone, or is no id."""
    try:
        return own.filter(pk=pk).first() if pk else None
    except ValidationError:
        return None

"""Read and unread: what changes in the inbox, by POST alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from notifications.models import ChatSession
from notifications.selectors import inbox_of

View = Callable[..., HttpResponse]


def _by_owner(view: View) -> View:
    """Only by POST; who is not signed in (any more) comes back to the inbox after they are."""

    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(reverse("inbox"))
        return view(request, *args, **kwargs)

    return checked


@_by_owner
def mark_read(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark one session as read; the first time counts. The page sends this itself."""
    _own(request, pk).filter(read_at=None).update(read_at=timezone.now())
    return redirect("inbox-session", pk=pk)


@_by_owner
def mark_unread(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mark one session as unread, and leave it, lest its page mark it again."""
    _own(request, pk).update(read_at=None)
    return redirect("inbox")


@_by_owner
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all that were there when the page was made (`until`), not what came since."""
    unread = inbox_of(request.user).filter(read_at=None)
    unread.filter(created_at__lte=_until(request)).update(read_at=timezone.now())
    return redirect("inbox")


def _own(request: HttpRequest, pk: uuid.UUID) -> QuerySet[ChatSession]:
    own = inbox_of(request.user).filter(pk=pk)
    if not own.exists():
        raise Http404
    return own


def _until(request: HttpRequest) -> datetime:
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is None or timezone.is_naive(until):
        return timezone.now()
    return until

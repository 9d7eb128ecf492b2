"""The inbox's part of a conversation: sending a reply, and seeing its answer arrive.

The inbox itself is in `notifications`, which knows no runs.
"""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications.inbox.views import said_in, session_context
from notifications.models import ChatSession
from notifications.selectors import inbox_of
from scheduling import services
from scheduling.conversations import standing_of
from scheduling.exceptions import Conflict


@never_cache
@require_POST
def reply(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send one's reply in a session of one's own; what cannot be sent comes back with the reason."""
    page = reverse("inbox-session", args=[pk])
    if not request.user.is_authenticated:
        return redirect_to_login(page)
    session = get_object_or_404(inbox_of(request.user), pk=pk)
    message = request.POST.get("message", "")
    reply_id = _uuid(request.POST.get("reply_id", ""))
    try:
        run = services.reply(session, message, user=request.user, reply_id=reply_id)
    except ValidationError as error:
        return _refused(request, session, " ".join(error.messages), status=400)
    except services.TooManyReplies as error:
        answer = _refused(request, session, str(error), reply_id, status=429)
        answer.headers["Retry-After"] = str(error.wait)
        return answer
    except Conflict as error:
        return _refused(request, session, str(error), reply_id, status=409)
    said = session.messages.filter(run_id=run.id).order_by("id").first()
    return redirect(f"{page}#message-{said.pk}" if said else page)


@never_cache
@require_safe
@login_required
def live(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The conversation as it is now; 204 while it is as `?shown=` says that the page has it."""
    session = get_object_or_404(inbox_of(request.user), pk=pk)
    context = said_in(session)
    standing = standing_of(session, context["messages_shown"])
    if standing.fingerprint == request.GET.get("shown"):
        return HttpResponse(status=204)
    return render(request, "inbox/live.html", context)


def _refused(
    request: HttpRequest,
    session: ChatSession,
    error: str,
    reply_id: uuid.UUID | None = None,
    *,
    status: int,
) -> HttpResponse:
    message = request.POST.get("message", "")
    sent = {"message": message, "error": error, "reply_id": reply_id}
    context = {**session_context(request, session), "sent": sent}
    return render(request, "inbox/session.html", context, status=status)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None

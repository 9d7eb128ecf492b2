"""A message in a user's inbox, written here."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from notifications import lifecycle
from notifications.carriers.base import attempt_of
from notifications.formatters import get_formatter
from notifications.formatters.base import NotificationPayload
from notifications.models import ChatMessage, ChatSession, Delivery, Webhook
from notifications.validation import config_of

WRITTEN = 200
ALREADY = "Said in this user's inbox already, when the run ended."


def write(delivery: Delivery, webhook: Webhook) -> None:
    """Open a session with the message; in one transaction with the mark, so exactly once.

    What the finishing run said to the same user is not said again. Raises `FormatterError`
    when it names nobody.
    """
    payload = NotificationPayload(**delivery.payload)
    (message,) = get_formatter(delivery.format).messages(payload, config_of(webhook))
    user_id = message["user_id"]
    with transaction.atomic():
        said = _was_said(delivery.run_id, user_id)
        attempt = attempt_of(
            delivery,
            1,
            started_at=timezone.now(),
            duration_ms=0,
            request_body=message["text"],
            status_code=WRITTEN,
            response=ALREADY if said else "",
        )
        if not lifecycle.settle(delivery, Delivery.Status.DELIVERED, attempt=attempt):
            return
        if not said:
            _say(delivery, user_id, message["title"], message["text"])


def _was_said(run_id: uuid.UUID | None, user_id: str) -> bool:
    """Whether the run itself has spoken in one of this user's sessions (`saying`)."""
    if run_id is None:
        return False
    own = ChatSession.objects.filter(run_id=run_id, user_id=user_id)
    joined = ChatMessage.objects.filter(run_id=run_id, session__user_id=user_id)
    return own.exists() or joined.exists()


def _say(delivery: Delivery, user_id: str, title: str, text: str) -> None:
    # Without its run: the run's own session is that of the task's target user.
    session = ChatSession.objects.create(
        user_id=user_id, task_id=delivery.task_id, title=title
    )
    ChatMessage.objects.create(
        session=session,
        role=ChatMessage.Role.ASSISTANT,
        content=text,
        run_id=delivery.run_id,
    )

"""A message in a user's inbox here: the carrier writes it, nothing is sent."""

from __future__ import annotations

from notifications.formatters.base import (
    FormatConfig,
    FormatterError,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    title_text,
)
from pages.sentence import Sentence

LIMITS = Limits(title=200, text=0)
NOBODY = Sentence(
    "names nobody, and the task has no target user: give the id of a user"
)


def format_chat(payload: NotificationPayload, config: FormatConfig) -> Message:
    """`{user_id, title, text}`: to `chat_id`, else to the target user of the task.

    Raises `FormatterError` when neither names anybody.
    """
    user_id = config.chat_id.strip() or payload.user_id
    if not user_id:
        raise FormatterError("chat_id", NOBODY)
    return {
        "user_id": user_id,
        "title": title_text(payload, LIMITS.title),
        "text": body_text(payload),
    }

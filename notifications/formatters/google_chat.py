"""Google Chat's incoming webhooks: `{"text": …}` in its own small markup.

4 096 characters of text and 32 000 bytes of message (reference of spaces.messages).
"""

from __future__ import annotations

from collections.abc import Mapping

from notifications.formatters.answers import json_object
from notifications.formatters.base import (
    ErrorHint,
    FormatConfig,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    numbered,
    session_link,
    text_parts,
    title_text,
)
from notifications.formatters.options import max_messages
from notifications.markup import chat_line, to_google_chat
from notifications.splitting import utf16_units

# No text of 4 096 units is more than 32 000 bytes as JSON.
LIMITS = Limits(title=200, text=4096, body=32_000)
NUMBER = len(" (999/999)")


def format_google_chat(
    payload: NotificationPayload, config: FormatConfig
) -> list[Message]:
    """One message per 4 096 units, title and number at the head of each."""
    title = chat_line(title_text(payload, LIMITS.title))
    parts = text_parts(
        body_text(payload),
        LIMITS.text - utf16_units(_titled(title, "")) - NUMBER,
        at_most=max_messages(config),
        ending=session_link(payload),
        measure=lambda part: utf16_units(to_google_chat(part)),
    )
    return [
        {"text": _titled(title, numbered(index, len(parts))) + to_google_chat(part)}
        for index, part in enumerate(parts)
    ]


def _titled(title: str, number: str) -> str:
    return f"*{title}*{number}\n\n"


def read_error(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """What Google's `{"error": {"code", "message", "status"}}` says."""
    del headers
    answer = json_object(body)
    error = answer.get("error") if answer else None
    if not isinstance(error, dict) or status < 400:
        return None
    reason = str(error.get("message", "")) or str(error.get("status", ""))
    # 404: the space or its webhook is gone. 401 and 403 may be mended by an administrator.
    return ErrorHint(
        dead=status == 404, permanent=status < 500 and status != 429, reason=reason
    )

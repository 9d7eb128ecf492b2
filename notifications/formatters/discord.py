"""Discord webhooks: one embed (title, description, footer) per message.

Limits: FACTS 4. Discord reads Markdown itself, but no tables. Success is 204.
"""

from __future__ import annotations

from collections.abc import Mapping

from notifications.formatters.answers import json_object, seconds
from notifications.formatters.base import (
    ErrorHint,
    FormatConfig,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    has_failed,
    numbered,
    origin_text,
    session_link,
    text_parts,
    title_text,
)
from notifications.formatters.options import max_messages
from notifications.markup import neutralise_mentions
from notifications.splitting import clip

LIMITS = Limits(title=256, text=4096, footer=2048, total=6000)
FOOTER = LIMITS.total - LIMITS.title - LIMITS.text
"""So that a full title, a full text and a full footer stay within the total."""

GREEN, RED = 0x2ECC71, 0xE74C3C
UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN = 10015, 50027


def format_discord(payload: NotificationPayload, config: FormatConfig) -> list[Message]:
    """One message per 4 096 units of the text, numbered in title and footer."""
    at_most = max_messages(config)
    parts = text_parts(
        neutralise_mentions(body_text(payload)),
        LIMITS.text,
        at_most=at_most,
        ending=session_link(payload),
    )
    return [
        _message(payload, part, numbered(index, len(parts)))
        for index, part in enumerate(parts)
    ]


def _message(payload: NotificationPayload, part: str, number: str) -> Message:
    # Neutralising makes a title longer, so it comes before the cut.
    title = clip(neutralise_mentions(title_text(payload, LIMITS.title)), 240) + number
    footer = clip(neutralise_mentions(origin_text(payload)), FOOTER - 16) + number
    return {
        "embeds": [
            {
                "title": title,
                "description": part,
                "color": RED if has_failed(payload) else GREEN,
                "footer": {"text": footer.strip() or "Backbeat"},
            }
        ],
        "allowed_mentions": {"parse": []},
    }


def read_error(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """What Discord's JSON error says: `{message, code, retry_after}`."""
    del headers
    answer = json_object(body)
    if answer is None or status < 400:
        return None
    reason = str(answer.get("message", ""))
    if status == 429:
        return ErrorHint(retry_after=seconds(answer.get("retry_after")), reason=reason)
    dead = answer.get("code") in (UNKNOWN_WEBHOOK, INVALID_WEBHOOK_TOKEN)
    return ErrorHint(dead=dead, permanent=status < 500, reason=reason)

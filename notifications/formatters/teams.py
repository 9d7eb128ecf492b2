"""Microsoft Teams, by the webhook of a workflow: one Adaptive Card per message.

The text is TextBlocks in the cards' own Markdown, code and tables a monospaced TextRun, which
reads no markup. A workflow refuses what is too large with 413: 28 KB by the documents, 14 to 20 KB
in practice (FACTS 4). Success is 202.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from notifications.formatters.answers import json_object
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
from notifications.markup import card_line, to_card
from notifications.splitting import clip

LIMITS = Limits(title=200, footer=200, body=14_000)
USUAL_MESSAGES = 8
"""About as many characters as 25 messages of other chats."""
WIDEST_NUMBER = " (999/999)"

DEAD_CODES = frozenset(
    {
        "WorkflowNotFound",
        "WorkflowTriggerIsNotEnabled",
        "WorkflowTriggerNotFound",
    }
)


def format_teams(payload: NotificationPayload, config: FormatConfig) -> list[Message]:
    """As many cards as the text needs within 14 000 bytes each, numbered in title and footer."""
    frame = _size(_message(payload, (), WIDEST_NUMBER))
    parts = text_parts(
        body_text(payload),
        LIMITS.body - frame,
        at_most=max_messages(config, USUAL_MESSAGES),
        ending=session_link(payload),
        measure=lambda part: _size(_pieces(part)),
    )
    return [
        _message(payload, _pieces(part), numbered(index, len(parts)))
        for index, part in enumerate(parts)
    ]


def _message(
    payload: NotificationPayload, pieces: Sequence[Message], number: str
) -> Message:
    title = card_line(title_text(payload, LIMITS.title)) + number
    origin = card_line(clip(origin_text(payload), LIMITS.footer) or "Backbeat")
    color = "attention" if has_failed(payload) else "default"
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            _text(title, size="medium", weight="bolder", color=color),
            *pieces,
            _text(origin + number, size="small", isSubtle=True),
        ],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        ],
    }


def _pieces(part: str) -> list[Message]:
    return [
        _code(piece.text) if piece.is_code else _text(piece.text)
        for piece in to_card(part)
    ]


def _text(text: str, **style: str | bool) -> Message:
    return {"type": "TextBlock", "text": text, "wrap": True, **style}


def _code(text: str) -> Message:
    run = {"type": "TextRun", "text": text, "fontType": "monospace"}
    return {"type": "RichTextBlock", "inlines": [run]}


def _size(made: object) -> int:
    """Bytes of `made` as it is sent, and of the comma after it."""
    return len(json.dumps(made, ensure_ascii=False).encode()) + 2


def read_error(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """What a workflow's `{"error": {"code", "message"}}` says."""
    del headers
    answer = json_object(body)
    error = answer.get("error") if answer else None
    if not isinstance(error, dict) or status < 400:
        return None
    code, words = str(error.get("code", "")), str(error.get("message", ""))
    dead = code in DEAD_CODES
    return ErrorHint(dead=dead, permanent=dead, reason=words or code)

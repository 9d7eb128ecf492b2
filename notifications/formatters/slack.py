"""Slack incoming webhooks: header, sections, context.

Limits: FACTS 4. A message whose every block is legal is still refused at about 13 200
characters, hence the total.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from notifications.formatters.base import (
    ErrorHint,
    FormatConfig,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    numbered,
    origin_text,
    session_link,
    text_parts,
    title_text,
)
from notifications.formatters.options import max_messages
from notifications.markup import neutralise_mentions, to_slack
from notifications.splitting import clip, utf16_units

LIMITS = Limits(title=150, text=3000, footer=200, total=12_000, blocks=50)
FRAME = 2_500
"""Kept free of the total for header, context, fallback text and the braces around them."""
SECTIONS = (LIMITS.total - FRAME) // LIMITS.text
"""Sections of one message; far below the 50 blocks that are allowed."""
SECTION_JSON = 3_100
"""Longest text of a section as JSON, where a line end is two characters; 60 more are its block."""
USUAL_MESSAGES = 12
"""About as many characters as 25 messages of other chats."""
NUMBER = len(" (9999/9999)")
_COMMAND = re.compile(r"<(?=[!@#])")

DEAD_ERRORS = frozenset(
    {
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "team_disabled",
    }
)
PERMANENT_ERRORS = frozenset(
    {
        "action_prohibited",
        "invalid_attachments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_payload",
        "missing_text_or_fallback_or_attachments",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "posting_to_general_channel_denied",
        "too_many_attachments",
        "user_not_found",
    }
)


def format_slack(payload: NotificationPayload, config: FormatConfig) -> list[Message]:
    """As many messages as the text needs, with `SECTIONS` sections each."""
    parts = text_parts(
        body_text(payload),
        LIMITS.text,
        at_most=max_messages(config, USUAL_MESSAGES) * SECTIONS,
        ending=session_link(payload),
        measure=_section_size,
    )
    sections = [_section(to_slack(part)) for part in parts]
    count = -(-len(sections) // SECTIONS)
    return [
        _message(
            payload,
            sections[index * SECTIONS : (index + 1) * SECTIONS],
            numbered(index, count),
        )
        for index in range(count)
    ]


def _message(
    payload: NotificationPayload, sections: list[Message], number: str
) -> Message:
    # Plain text needs no escaping, and what an escape would look like there is not documented.
    title = _COMMAND.sub("<\u200d", title_text(payload, LIMITS.title))
    # Neutralising makes a title longer, so it comes before the cut.
    title = clip(neutralise_mentions(title), LIMITS.title - NUMBER) + number
    origin = to_slack_text(clip(origin_text(payload), LIMITS.footer) or "Backbeat")
    return {
        "text": to_slack_text(title),
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title}},
            *sections,
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": origin + number}],
            },
        ],
    }


def to_slack_text(text: str) -> str:
    """`text`, which is no Markdown, with Slack's three control characters escaped."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return neutralise_mentions(escaped)


def _section(text: str) -> Message:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _section_size(part: str) -> int:
    """The size of a section, large enough that `SECTIONS` of them keep the total as JSON."""
    text = to_slack(part)
    as_json = utf16_units(json.dumps(text, ensure_ascii=False))
    return max(utf16_units(text), as_json * LIMITS.text // SECTION_JSON)


def read_error(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """What Slack's one-word answer says; None for words that say nothing of their own."""
    del headers
    word = body.strip()
    if status < 400 or word not in DEAD_ERRORS | PERMANENT_ERRORS:
        return None
    return ErrorHint(dead=word in DEAD_ERRORS, permanent=True, reason=word)

"""Any of the services that Apprise knows: a title and a text in Markdown.

What the service can show of that, and how long a message may be, is Apprise's to know.
"""

from __future__ import annotations

from notifications.formatters.base import (
    FormatConfig,
    Limits,
    Message,
    NotificationPayload,
    body_text,
    has_failed,
    origin_text,
    session_link,
    text_parts,
    title_text,
)
from notifications.markup import neutralise_mentions
from notifications.splitting import utf16_units

LIMITS = Limits(title=250, text=32_000)
"""Our own: Apprise splits at each service's limits, and a text message must not become a
thousand."""


def format_apprise(payload: NotificationPayload, config: FormatConfig) -> Message:
    """`{title, body, type}`; a longer text ends with a notice."""
    del config
    origin = neutralise_mentions(origin_text(payload))
    (text,) = text_parts(
        neutralise_mentions(body_text(payload)),
        LIMITS.text - utf16_units(f"\n\n{origin}"),
        at_most=1,
        ending=session_link(payload),
    )
    title = neutralise_mentions(title_text(payload, LIMITS.title))
    return {
        "title": title,
        "body": f"{text}\n\n{origin}" if origin else text,
        "type": "failure" if has_failed(payload) else "info",
    }

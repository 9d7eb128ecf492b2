"""Telegram bots: `sendMessage` with HTML that this project makes itself.

The webhook's URL is the full `.../bot<token>/sendMessage`. HTML and not Telegram's Markdown,
because that fails on a single unescaped `_`. Limits: FACTS 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from notifications.formatters.answers import json_object, seconds
from notifications.formatters.base import (
    ErrorHint,
    FormatConfig,
    FormatterError,
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
from notifications.markup import telegram_plain, to_telegram
from notifications.splitting import clip, utf16_units
from pages.sentence import Sentence

LIMITS = Limits(text=4096, title=200, entities=100)
"""Telegram drops the formatting of what comes after so many entities."""
NUMBER = len(" (9999/9999)")

DEAD_WORDS = (
    "blocked",
    "bot was kicked",
    "chat not found",
    "user is deactivated",
    "chat was deleted",
)


def format_telegram(
    payload: NotificationPayload, config: FormatConfig
) -> list[Message]:
    """One message per 4 096 units, title and number at the head of each.

    The limit holds for the text with its HTML, which is more than Telegram asks. Raises
    `FormatterError` without a `chat_id`.
    """
    check_chat_id(config)
    title = _escaped(title_text(payload, LIMITS.title))
    head = utf16_units(_titled(title, "")) + NUMBER
    parts = text_parts(
        body_text(payload),
        LIMITS.text - head,
        at_most=max_messages(config),
        ending=session_link(payload),
        measure=_size,
    )
    return [
        {
            "chat_id": config.chat_id.strip(),
            "text": _titled(title, numbered(index, len(parts))) + to_telegram(part),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
        }
        for index, part in enumerate(parts)
    ]


def check_chat_id(config: FormatConfig) -> None:
    """Raise `FormatterError` unless the webhook says which chat to write to."""
    if not config.chat_id.strip():
        raise FormatterError(
            "chat_id",
            Sentence(
                "is missing; Telegram needs the number of the chat or a @channelname"
            ),
        )


def plain_text_instead(
    payload: NotificationPayload,
    config: FormatConfig,
    message: Message,
    status: int,
    answer: str,
) -> Message | None:
    """The same message without markup, when Telegram could not read the markup; else None."""
    del payload, config
    if status != 400 or "parse_mode" not in message:
        return None
    if "can't parse entities" not in answer:
        return None
    plain = {key: value for key, value in message.items() if key != "parse_mode"}
    # Addresses of links are text now and count; the cut is shown.
    plain["text"] = clip(telegram_plain(message["text"]), LIMITS.text)
    return plain


def read_error(status: int, headers: Mapping[str, str], body: str) -> ErrorHint | None:
    """What Telegram's `{ok, description, parameters}` says."""
    del headers
    answer = json_object(body)
    if answer is None or status < 400:
        return None
    reason = str(answer.get("description", ""))
    parameters = answer.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    if status == 429:
        wait = seconds(parameters.get("retry_after"))
        return ErrorHint(retry_after=wait, reason=reason)
    if moved := parameters.get("migrate_to_chat_id"):
        reason = f"{reason}; the new chat_id is {moved}"
    # 401 and 404: the token in the URL is wrong or revoked.
    dead = status in {401, 403, 404} or any(word in reason for word in DEAD_WORDS)
    return ErrorHint(dead=dead, permanent=status < 500, reason=reason)


def _titled(title: str, number: str) -> str:
    return f"<b>{title}</b>{number}\n\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _size(part: str) -> int:
    made = to_telegram(part)
    entities = made.count("</")
    return max(utf16_units(made), entities * LIMITS.text // (LIMITS.entities - 1))

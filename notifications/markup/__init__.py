"""Markdown as the dialects of the chats. Pure.

Agents write Markdown. Slack and Google Chat read markup of their own, Telegram a small HTML,
Teams a subset of Markdown; all are made from the tree of a real parser, so what is no markup is
escaped and what is markup is closed. Raw HTML in the source is text. Discord reads Markdown itself.
"""

from __future__ import annotations

from notifications.markup.google_chat import chat_line, to_google_chat
from notifications.markup.mentions import neutralise_mentions
from notifications.markup.slack import to_slack
from notifications.markup.tables import tables_as_code
from notifications.markup.teams import CardText, card_line, to_card
from notifications.markup.telegram import telegram_plain, to_telegram

__all__ = [
    "CardText",
    "card_line",
    "chat_line",
    "neutralise_mentions",
    "tables_as_code",
    "telegram_plain",
    "to_card",
    "to_google_chat",
    "to_slack",
    "to_telegram",
]

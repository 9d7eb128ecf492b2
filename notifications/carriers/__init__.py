"""The ways to a receiver: one visible dict of those that send, one of those that write here."""

from __future__ import annotations

from collections.abc import Callable

from notifications.carriers import by_apprise, http, inbox, letter, mail, table
from notifications.carriers.base import Carrier, Try, Writer, arrived, reason_of
from notifications.formatters import Message

__all__ = [
    "CARRIERS",
    "SHOWN",
    "WRITERS",
    "Carrier",
    "Try",
    "Writer",
    "arrived",
    "reason_of",
]

CARRIERS: dict[str, Carrier] = {
    "http": http.post,
    "mail": mail.send,
    "apprise": by_apprise.notify,
}
WRITERS: dict[str, Writer] = {"table": table.write, "inbox": inbox.write}
#: What goes out of a message, where that is more than the message itself.
SHOWN: dict[str, Callable[[Message], Message]] = {"mail": letter.shown}

"""What each channel would get for one result, and how near its limits that is; without network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.formatters import FORMATTERS, Formatter, Message
from notifications.models import Webhook
from notifications.splitting import utf16_units
from signals.sanitise import cap_text

SHOWN_CHARS = 20_000
"""Of one message; the rest would only make the page slow."""
_MOST_STRINGS = 10_000


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large the messages for one result are, beside what the channel takes; 0: it names none."""

    messages: int
    text: int
    """UTF-16 units of the longest text in one of them."""
    most_text: int
    body: int
    """Bytes of the largest body."""
    most_body: int

    def in_words(self) -> str:
        """As "3 messages; the longest text has 3998 of 4096"."""
        count = ngettext("%(count)d message", "%(count)d messages", self.messages)
        said = [count % {"count": self.messages}]
        for size, most, words in (
            (self.text, self.most_text, _("the longest text has %(size)d of %(most)d characters")),
            (self.body, self.most_body, _("the largest body has %(size)d of %(most)d bytes")),
        ):  # fmt: skip
            if most:
                said.append(words % {"size": size, "most": most})
        if not (self.most_text or self.most_body):
            said.append(_("the largest body has %(size)d bytes") % {"size": self.body})
        return "; ".join(said)


@dataclass(frozen=True, kw_only=True)
class ShownMessage:
    """One message, for people to read."""

    json: str
    subject: str = ""
    text: str = ""
    html: str = ""
    """Of a mail: to be shown where it can do nothing."""


def shown(message: Message) -> ShownMessage:
    """Make a body legible."""
    pretty = json.dumps(message, ensure_ascii=False, indent=2, default=str)
    subject, text, html = (message.get(name) for name in ("subject", "text", "html"))
    if not (isinstance(html, str) and isinstance(subject, str)):
        return ShownMessage(json=cap_text(pretty, SHOWN_CHARS)[0])
    return ShownMessage(
        json=cap_text(pretty, SHOWN_CHARS)[0],
        subject=subject,
        text=cap_text(str(text or ""), SHOWN_CHARS)[0],
        html=html,
    )


def sizes_of(formatter: Formatter, messages: Sequence[Message]) -> Sizes:
    """Measure `messages` beside the limits that the format names."""
    limits = formatter.limits
    return Sizes(
        messages=len(messages),
        text=max((_longest(message) for message in messages), default=0),
        most_text=limits.text if limits else 0,
        body=max((_bytes(message) for message in messages), default=0),
        most_body=limits.body if limits else 0,
    )


def example_webhook(name: str) -> Webhook:
    """An unsaved webhook of the format `name`, with settings that it can work with."""
    urls = {"mail": "mailto:an@example.org", "apprise": "json://example.org"}
    return Webhook(
        name="",
        format=name,
        url=urls.get(FORMATTERS[name].carrier, "https://example.com/hook"),
        chat_id="-1001234567890",
        body_template={"title": "{{task_name}}", "text": "{{content}}"},
        signing_secret="whsec_" + "ZXhhbXBsZSBvZiBhIHNlY3JldCB0aGF0IGlzIG5vbmU=",
    )


def _bytes(message: Message) -> int:
    return len(json.dumps(message, ensure_ascii=False, default=str).encode())


def _longest(message: Message) -> int:
    return max((utf16_units(text) for text in _strings(message)), default=0)


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    for _number in range(_MOST_STRINGS):
        if not waiting:
            return
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)

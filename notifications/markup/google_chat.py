"""Google Chat's text markup, which is Slack's without a way to escape anything."""

from __future__ import annotations

import re
from functools import lru_cache

from notifications.markup.slack import Slack

_ANGLE = re.compile(r"<(?=\S)")


@lru_cache(maxsize=128)
def to_google_chat(source: str) -> str:
    """Markdown `source` as the text of a Google Chat message.

    `<users/all>`, `<users/1>` and `<address|label>` of the text are shown and do nothing. Links
    survive for http, https and mailto; others become "label (address)".
    """
    return _GoogleChat().convert(source)


def chat_line(text: str) -> str:
    """`text`, which is no Markdown, for a message that shows it as it is."""
    return _GoogleChat().escape(text)


class _GoogleChat(Slack):
    def escape(self, text: str) -> str:
        return _ANGLE.sub("<\u200d", text)

    def link(self, label: str, url: str) -> str:
        address = url.replace("|", "%7C").replace(">", "%3E")
        if label == url:
            return f"<{address}>"
        if any(mark in label for mark in "<>|"):
            return f"{self.escape(label)} (<{address}>)"
        return f"<{address}|{label}>"

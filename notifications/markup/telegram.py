"""The HTML of Telegram's `parse_mode: HTML`."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from notifications.markup.dialect import Dialect

_TAG = re.compile(r"<[^>]*>")
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)


@lru_cache(maxsize=128)
def to_telegram(source: str) -> str:
    """Markdown `source` as the HTML of Telegram's `parse_mode: HTML`.

    Uses b, i, s, code, pre, a and blockquote only. Links survive for http, https and tg;
    others become "label (address)".
    """
    return _Telegram().convert(source)


def telegram_plain(markup: str) -> str:
    """The text that `markup`, made by `to_telegram`, shows; links become "label (address)"."""
    markup = _ANCHOR.sub(
        lambda link: link[2] if link[1] == link[2] else f"{link[2]} ({link[1]})", markup
    )
    return html.unescape(_TAG.sub("", markup))


class _Telegram(Dialect):
    bold, italic, strike = ("<b>", "</b>"), ("<i>", "</i>"), ("<s>", "</s>")
    schemes = ("http://", "https://", "tg://")

    def escape(self, text: str) -> str:
        return html.escape(text, quote=False)

    def code(self, text: str) -> str:
        return f"<code>{self.escape(text)}</code>" if text.strip() else text

    def code_block(self, text: str, language: str) -> str:
        if not text.strip():
            return ""
        if language:
            inner = f'<code class="language-{language}">{self.escape(text)}</code>'
            return f"<pre>{inner}</pre>"
        return f"<pre>{self.escape(text)}</pre>"

    def link(self, label: str, url: str) -> str:
        return f'<a href="{html.escape(url)}">{self.escape(label)}</a>'

    def quote(self, text: str) -> str:
        return f"<blockquote>{text}</blockquote>" if text.strip() else text

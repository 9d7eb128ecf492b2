"""Slack's mrkdwn."""

from __future__ import annotations

import html
from functools import lru_cache

from notifications.markup.dialect import Dialect
from notifications.markup.mentions import neutralise_mentions


@lru_cache(maxsize=128)
def to_slack(source: str) -> str:
    """Markdown `source` as Slack mrkdwn, with `&`, `<` and `>` of the text escaped.

    So `<!channel>` and `<@U1>` are text. Links survive for http, https and mailto; others
    become "label (address)".
    """
    return neutralise_mentions(Slack().convert(source))


class Slack(Dialect):
    bold, italic, strike = ("*", "*"), ("_", "_"), ("~", "~")
    schemes = ("http://", "https://", "mailto:")

    def escape(self, text: str) -> str:
        return html.escape(text, quote=False)

    def wrap(self, marks: tuple[str, str], text: str) -> str:
        # mrkdwn styles end with their line, and need text right beside the mark.
        return "\n".join(
            line.replace(line.strip(), f"{marks[0]}{line.strip()}{marks[1]}", 1)
            if line.strip()
            else line
            for line in text.split("\n")
        )

    def code(self, text: str) -> str:
        # There is no way to write a backtick inside code; better no code than half of it.
        return self.escape(text) if "`" in text else f"`{self.escape(text)}`"

    def code_block(self, text: str, language: str) -> str:
        del language  # mrkdwn would show it as the first line of the code
        inert = text.replace("```", "`\u200b`\u200b`")
        return f"```\n{self.escape(inert)}\n```"

    def link(self, label: str, url: str) -> str:
        address = self.escape(url.replace("|", "%7C"))
        return f"<{address}>" if label == url else f"<{address}|{self.escape(label)}>"

    def quote(self, text: str) -> str:
        return "\n".join(f"> {line}" for line in text.split("\n") if text.strip())

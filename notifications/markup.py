"""Markdown as the dialects of the chats. Pure.

Agents write Markdown. Slack reads its own mrkdwn and Telegram a small HTML; both are made
from the tree of a real parser, so what is no markup is escaped and what is markup is closed.
Raw HTML in the source is text. Discord reads Markdown itself.
"""

from __future__ import annotations

import html
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from wcwidth import wcswidth

_WIDEST_PADDING = 40
_DEEPEST = 19
"""The parser drops what is in blocks nested deeper than its preset allows (20)."""
_MENTION = re.compile(r"@(?=everyone|here|channel)|(?<=<)@", re.IGNORECASE)
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_LANGUAGE = re.compile(r"[\w+#.-]{1,24}", re.ASCII)
_TAG = re.compile(r"<[^>]*>")
_ANCHOR = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_CODE_BLOCKS = frozenset({"fence", "code_block"})


def neutralise_mentions(text: str) -> str:
    """`text` in which @everyone, @here, @channel and `<@id>` are shown but call nobody.

    A zero width joiner after the @ does it; readers see no difference.
    """
    return _MENTION.sub("@\u200d", text)


def to_slack(source: str) -> str:
    """Markdown `source` as Slack mrkdwn, with `&`, `<` and `>` of the text escaped.

    So `<!channel>` and `<@U1>` are text. Links survive for http, https and mailto; others
    become "label (address)".
    """
    return neutralise_mentions(_Slack().convert(source))


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


def tables_as_code(source: str) -> str:
    """`source` with each table replaced by an aligned text table in a code fence.

    For chats that show no tables, and before splitting, so that the rows of a table that is
    split stay a table. A table inside a list or a quote stays as it is.
    """
    if "|" not in source:
        return source
    lines = source.split("\n")
    tables = [
        token.map
        for token in _table_parser().parse(source)
        if token.type == "table_open" and token.level == 0 and token.map
    ]
    for first, end in reversed(tables):
        text = _table_text(lines[first : first + 1] + lines[first + 2 : end])
        ticks = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * max(3, ticks + 1)
        lines[first:end] = [fence, *text.split("\n"), fence]
    return "\n".join(lines)


@cache
def _parser() -> MarkdownIt:
    # No indented code (a part may begin in the depth of a list), and no link references
    # (their definitions would vanish from the part that holds them).
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["strikethrough"])
        .disable(["code", "reference"])
    )


@cache
def _table_parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["table"])
        .disable(["code", "reference", "inline"])
    )


class _Dialect(ABC):
    """Walks the tree of a Markdown text; subclasses say how each kind of thing is written."""

    bold: tuple[str, str]
    italic: tuple[str, str]
    strike: tuple[str, str]
    schemes: tuple[str, ...]

    @abstractmethod
    def escape(self, text: str) -> str: ...

    @abstractmethod
    def code(self, text: str) -> str: ...

    @abstractmethod
    def code_block(self, text: str, language: str) -> str: ...

    @abstractmethod
    def link(self, label: str, url: str) -> str: ...

    @abstractmethod
    def quote(self, text: str) -> str: ...

    def wrap(self, marks: tuple[str, str], text: str) -> str:
        return f"{marks[0]}{text}{marks[1]}" if text.strip() else text

    def convert(self, source: str) -> str:
        tokens = _parser().parse(tables_as_code(source))
        if any(token.level >= _DEEPEST for token in tokens):
            return self.escape(source)
        text = self.blocks(SyntaxTreeNode(tokens).children, "", quoted=False)
        # A chat refuses an empty message, so a text of nothing but markup shows its source.
        return text if text.strip() else self.escape(source)

    def blocks(
        self, nodes: Sequence[SyntaxTreeNode], indent: str, *, quoted: bool
    ) -> str:
        """`nodes` below each other; every line but the first starts with `indent`."""
        text = ""
        tight = False
        for node in nodes:
            if text:
                text += "\n" if tight else "\n\n"
                text += "" if node.type in _CODE_BLOCKS else indent
            text += self.block(node, indent, quoted=quoted)
            tight = node.type == "paragraph" and node.hidden  # in a tight list
        return text

    def block(self, node: SyntaxTreeNode, indent: str, *, quoted: bool) -> str:
        match node.type:
            case "heading":
                text = self.wrap(self.bold, self.inline(node, frozenset({"strong"})))
            case "bullet_list" | "ordered_list":
                return self.items(node, indent, quoted=quoted)
            case "blockquote":
                text = self.blocks(node.children, "", quoted=True)
                # No chat nests quotes.
                text = text if quoted else self.quote(text)
            case "fence" | "code_block":
                return self.fenced(node.content.removesuffix("\n"), node.info.strip())
            case "hr":
                text = "———"
            case _:
                text = self.inline(node, frozenset())
        return text.replace("\n", f"\n{indent}")

    def fenced(self, text: str, info: str) -> str:
        if not info or _LANGUAGE.fullmatch(info):
            return self.code_block(text, info)
        return self.code_block(f"{info}\n{text}", "")  # words, not a language

    def items(self, node: SyntaxTreeNode, indent: str, *, quoted: bool) -> str:
        number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else 0
        lines = []
        for item in node.children:
            marker = f"{number}. " if node.type == "ordered_list" else "• "
            inner = indent + " " * len(marker)
            lines.append(marker + self.blocks(item.children, inner, quoted=quoted))
            number += 1
        return f"\n{indent}".join(lines)

    def inline(self, node: SyntaxTreeNode, styles: frozenset[str]) -> str:
        return "".join(self.span(child, styles) for child in node.children)

    def span(self, node: SyntaxTreeNode, styles: frozenset[str]) -> str:
        match node.type:
            case "text":
                return self.escape(node.content)
            case "softbreak" | "hardbreak":
                return "\n"
            case "code_inline":
                return self.code(node.content)
            case "strong" | "em" | "s":
                text = self.inline(node, styles | {node.type})
                marks = {"strong": self.bold, "em": self.italic, "s": self.strike}
                return (
                    text if node.type in styles else self.wrap(marks[node.type], text)
                )
            case "link":
                return self.address(_plain(node), str(node.attrs.get("href", "")))
            case "image":
                return self.address(_plain(node), str(node.attrs.get("src", "")))
            case _:
                return self.inline(node, styles) or self.escape(node.content)

    def address(self, label: str, url: str) -> str:
        label = label.strip()
        if url.lower().startswith(self.schemes):
            return self.link(label or url, url)
        return self.escape(f"{label} ({url})" if label and url else label or url)


class _Slack(_Dialect):
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


class _Telegram(_Dialect):
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


def _plain(node: SyntaxTreeNode) -> str:
    if node.type in {"softbreak", "hardbreak"}:
        return " "
    if node.children:
        return "".join(_plain(child) for child in node.children)
    return node.content


def _table_text(lines: list[str]) -> str:
    # From the lines, because the parser drops the cells that a row has beyond its header's,
    # and agents do write a bare "|" inside a cell.
    rows = [[_cell_text(cell) for cell in _cells(line)] for line in lines]
    widths = [
        min(max(_width(cell) for cell in column), _WIDEST_PADDING)
        for column in zip_longest(*rows, fillvalue="")
    ]
    lines = [
        " | ".join(
            cell + " " * (width - _width(cell))
            for cell, width in zip(row, widths, strict=False)
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)


def _cells(line: str) -> list[str]:
    cells = _CELL_BORDER.split(line.strip().removeprefix("|"))
    return cells if cells[-1].strip() or len(cells) == 1 else cells[:-1]


def _cell_text(source: str) -> str:
    tree = SyntaxTreeNode(_parser().parseInline(source.replace("\\|", "|").strip()))
    return "".join(_plain(child) for child in tree.children).strip()


def _width(text: str) -> int:
    return max(wcswidth(text), 0)

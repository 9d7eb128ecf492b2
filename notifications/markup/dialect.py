"""How a tree of Markdown becomes the markup of a chat; each chat has a subclass."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from notifications.markup.parsing import parser, plain
from notifications.markup.tables import tables_as_code

_DEEPEST = 19
"""The parser drops what is in blocks nested deeper than its preset allows (20)."""
_MARK = re.compile(r"[\[\]()*_~`<>!\\]")
_MOST_MARKS = 0.6
"""Of the characters of a text that is still meant as Markdown. A long one that has more is
hostile, and slow to read: it is shown as it is."""
_LONG = 1_000
_LANGUAGE = re.compile(r"[\w+#.-]{1,24}", re.ASCII)
_CODE_BLOCKS = frozenset({"fence", "code_block"})


class Dialect(ABC):
    """Walks the tree of a Markdown text; subclasses say how each kind of thing is written."""

    bold: tuple[str, str]
    italic: tuple[str, str]
    strike: tuple[str, str]
    schemes: tuple[str, ...]
    bullet = "• "

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
        if len(source) > _LONG and _is_hostile(source):
            return self.escape(source)
        tokens = parser().parse(tables_as_code(source))
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
            marker = f"{number}. " if node.type == "ordered_list" else self.bullet
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
            case "link" | "image":
                label, title = plain(node).strip(), node.attrs.get("title")
                url = node.attrs.get("href") or node.attrs.get("src") or ""
                return self.address(f"{label} ({title})" if title else label, str(url))
            case _:
                return self.inline(node, styles) or self.escape(node.content)

    def address(self, label: str, url: str) -> str:
        label = label.strip()
        if url.lower().startswith(self.schemes):
            return self.link(label or url, url)
        return self.escape(f"{label} ({url})" if label and url else label or url)


def _is_hostile(source: str) -> bool:
    return len(_MARK.findall(source)) > _MOST_MARKS * len(source)

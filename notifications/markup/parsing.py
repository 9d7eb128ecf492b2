"""The one parser of the Markdown that agents write."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode


@cache
def parser() -> MarkdownIt:
    # No indented code (a part may begin in the depth of a list), and no link references
    # (their definitions would vanish from the part that holds them).
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["strikethrough"])
        .disable(["code", "reference"])
    )


def plain(node: SyntaxTreeNode) -> str:
    if node.type in {"softbreak", "hardbreak"}:
        return " "
    if node.children:
        return "".join(plain(child) for child in node.children)
    return node.content

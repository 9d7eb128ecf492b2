"""Tables as text that stays aligned in the code blocks of chats that show none."""

from __future__ import annotations

import re
from functools import cache
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from wcwidth import wcswidth

from notifications.markup.parsing import parser, plain

_WIDEST_PADDING = 40
_DELIMITER_ROW = re.compile(r"^[ \t]*[|:-][|:\- \t]*$", re.MULTILINE)
_CELL_BORDER = re.compile(r"(?<!\\)\|")


def tables_as_code(source: str) -> str:
    """`source` with each table replaced by an aligned text table in a code fence.

    For chats that show no tables, and before splitting, so that the rows of a table that is
    split stay a table. A table inside a list or a quote stays as it is.
    """
    if "|" not in source or not _DELIMITER_ROW.search(source):
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
def _table_parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["table"])
        .disable(["code", "reference", "inline"])
    )


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
    tree = SyntaxTreeNode(parser().parseInline(source.replace("\\|", "|").strip()))
    return "".join(plain(child) for child in tree.children).strip()


def _width(text: str) -> int:
    return max(wcswidth(text), 0)

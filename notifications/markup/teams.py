"""The Markdown of Adaptive Cards, as Teams shows it.

A TextBlock reads bold, italic, lists and links, and nothing else; a TextRun reads no markup at
all, so code and tables go there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from textwrap import dedent

from markdown_it.tree import SyntaxTreeNode

from notifications.markup.dialect import Dialect

_CODE_BEGINS, _CODE_ENDS = "\x02", "\x03"
_CODE = re.compile(f"({_CODE_BEGINS}[^{_CODE_ENDS}]*{_CODE_ENDS})")
_NO_SENTINELS = str.maketrans("", "", _CODE_BEGINS + _CODE_ENDS)
_MARK = re.compile(r"[\\`*_~\[\]<>&]")
_LINE_MARK = re.compile(r"^(\s*)(?=[-+#=|:])", re.MULTILINE)
_NUMBER = re.compile(r"^(\s*\d{1,9})(?=[.)])", re.MULTILINE)
_MENTION = re.compile(r"<(?=/?at\b)", re.IGNORECASE)
_DATE = re.compile(r"\{(?=\{(?:DATE|TIME)\()")
_SPACES = re.compile(r"^ +| {2,}", re.MULTILINE)
_ADDRESS = str.maketrans(
    {character: f"%{ord(character):02X}" for character in "()<>\\ "}
)


@dataclass(frozen=True)
class CardText:
    """A piece of a card: Markdown of a TextBlock, or code to be shown as it is."""

    text: str
    is_code: bool = False


@lru_cache(maxsize=128)
def to_card(source: str) -> tuple[CardText, ...]:
    """Markdown `source` as the pieces of a card, in order; none for blank text."""
    made = _Teams().convert(source.translate(_NO_SENTINELS))
    pieces = []
    for place, piece in enumerate(_CODE.split(made)):
        if place % 2:
            pieces.append(CardText(_aligned(piece[1:-1]), is_code=True))
        elif piece.strip():
            pieces.append(CardText(dedent(piece.strip("\n")).strip()))
    return tuple(pieces)


def card_line(text: str) -> str:
    """`text`, which is no Markdown, for a TextBlock that shows it as it is."""
    return _Teams().escape(text)


class _Teams(Dialect):
    bold, italic, strike = ("**", "**"), ("*", "*"), ("~~", "~~")
    schemes = ("http://", "https://", "mailto:")
    bullet = "- "

    def block(self, node: SyntaxTreeNode, indent: str, *, quoted: bool) -> str:
        text = super().block(node, indent, quoted=quoted)
        # Teams shows a single line end of a paragraph as a space.
        is_paragraph = node.type == "paragraph" and not indent
        return text.replace("\n", "\n\n") if is_paragraph else text

    def escape(self, text: str) -> str:
        text = _MARK.sub(r"\\\g<0>", _inert(text))
        return _NUMBER.sub(r"\1\\", _LINE_MARK.sub(r"\1\\", text))

    def code(self, text: str) -> str:
        return self.escape(text)  # there is no code within a line

    def code_block(self, text: str, language: str) -> str:
        del language
        return f"{_CODE_BEGINS}{text}{_CODE_ENDS}" if text.strip() else ""

    def link(self, label: str, url: str) -> str:
        return f"[{self.escape(label)}]({url.translate(_ADDRESS)})"

    def quote(self, text: str) -> str:
        shown = [
            piece if place % 2 else _barred(piece)
            for place, piece in enumerate(_CODE.split(text))
        ]
        return "\n\n".join(piece for piece in shown if piece)


def _barred(text: str) -> str:
    lines = (line.strip() for line in text.split("\n"))
    return "\n\n".join(f"│ {line}" for line in lines if line)


def _aligned(code: str) -> str:
    # A browser would show several spaces as one.
    code = _inert(code.strip("\n").replace("\t", "    "))
    return _SPACES.sub(lambda found: "\u00a0" * len(found[0]), code)


def _inert(text: str) -> str:
    """`text` in which mentions and the cards' date functions are shown and do nothing."""
    return _DATE.sub("{\u200d", _MENTION.sub("<\u200d", text))

"""Links of formatted text: bare addresses become links, and so do pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_BARE = re.compile(r"\bhttps?://[^\s<>\"`|]{1,2000}", re.IGNORECASE)
_AFTER = ".,;:!?'*_~…。，、；：！？"
_CLOSING = {")": "(", "]": "[", "}": "{", "）": "（", "」": "「", "】": "【"}


def linked(tokens: Sequence[Token], parser: MarkdownIt) -> list[Token]:
    """Return the inline `tokens` with links for pictures and bare addresses outside of links."""
    made: list[Token] = []
    depth = 0
    for token in tokens:
        depth += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "image":
            made += _instead_of_picture(token, inside_link=depth > 0)
        elif token.type == "text" and depth == 0 and "://" in token.content:
            made += _with_links(token.content, parser)
        else:
            made.append(token)
    return made


def _instead_of_picture(token: Token, *, inside_link: bool) -> list[Token]:
    address = str(token.attrs["src"])
    says = "".join(child.content for child in token.children or ())
    if inside_link:
        return [_text(says)]
    return _link(address, says.strip() or address)


def _with_links(text: str, parser: MarkdownIt) -> Iterator[Token]:
    done = 0
    for found in _BARE.finditer(text):
        bare = _trimmed(found[0])
        address = parser.normalizeLink(bare)
        if not bare.partition("://")[2] or not parser.validateLink(address):
            continue
        yield _text(text[done : found.start()])
        yield from _link(address, bare)
        done = found.start() + len(bare)
    yield _text(text[done:])


def _trimmed(bare: str) -> str:
    """`bare` without the punctuation of the sentence that it stands in."""
    while bare:
        last = bare[-1]
        opening = _CLOSING.get(last)
        if last in _AFTER or (opening and bare.count(opening) < bare.count(last)):
            bare = bare[:-1]
        else:
            break
    return bare


def _link(address: str, says: str) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": address}),
        _text(says),
        Token("link_close", "a", -1),
    ]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)

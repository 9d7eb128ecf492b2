"""Markdown as HTML that is safe to show, whoever wrote it.

Raw HTML stays text, pictures become links (a remote one tells its host who reads), links lead
to web pages and mail only, and code is highlighted with CSS classes. The parser is the one that
`notifications.markup` uses: its time grows with the text, not with the square of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from time import monotonic

import nh3
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from pages.code import highlighted
from pages.links import linked

MAX_FORMATTED = 50_000
"""A longer text is shown as it is: formatting one that was made to be slow takes a second."""
MAX_CHARS = 200_000
"""A longer text is shown as far as this; the whole of it is a download."""
_HIGHLIGHT_SECONDS = 0.5
_DEEPEST = 20
"""The parser drops what is in blocks nested deeper; its time grows with this, too."""
_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "li", "ol", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead",
    "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
}
_CLASS = re.compile(r"code|bb-(left|center|right)|[a-z][a-z0-9]{0,2}")
_BOX = re.compile(r"\[([ xX])\](?=\s|$)")
_UNFINISHED = re.compile(r"!?\[([^\[\]]*)(?:\]\(\S*)?$|(?<!\S)(?:\*\*|~~|`)(?=\w)")
"""What an excerpt leaves open at its end: a link, something bold, struck out or code."""
_ADDRESS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


def render(text: str) -> SafeString:
    """Return `text` as sanitised HTML; HTML in it stays text.

    Beyond `MAX_FORMATTED`, or nested too deeply, it is shown unformatted, beyond `MAX_CHARS`
    in part, and says so.
    """
    if len(text) <= MAX_FORMATTED:
        tokens = _reader().parse(text)
        if all(token.level < _DEEPEST - 1 for token in tokens):
            return _formatted(tokens)
    shown = {"text": text[:MAX_CHARS], "total": len(text), "most": MAX_CHARS}
    return render_to_string("pages/plain.html", shown)


def _formatted(tokens: Sequence[Token]) -> SafeString:
    reader = _reader()
    return mark_safe(  # noqa: S308 -- this is the sanitiser
        nh3.clean(
            reader.renderer.render(tokens, reader.options, {}),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_keep_attribute,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    return value if name != "class" or _CLASS.fullmatch(value) else None


def _parser() -> MarkdownIt:
    options = {"html": False, "breaks": True, "maxNesting": _DEEPEST}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.core.ruler.push("boxes", _with_boxes)
    return parser


@cache
def _skimmer() -> MarkdownIt:
    return _parser()


@cache
def _reader() -> MarkdownIt:
    reader = _parser()
    reader.validateLink = lambda url: _ADDRESS.match(url) is not None  # type: ignore[method-assign]
    reader.core.ruler.push("pages", _for_pages)
    reader.add_render_rule("fence", _code)
    reader.add_render_rule("code_block", _code)
    return reader


def _for_pages(state: StateCore) -> None:
    """Alignment becomes a class, which our policy allows where it forbids a style."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = linked(token.children, state.md)
        elif (style := token.attrs.pop("style", None)) is not None:
            token.attrSet("class", f"bb-{str(style).removeprefix('text-align:')}")


def _with_boxes(state: StateCore) -> None:
    """`[ ]` and `[x]`, with which an item of a list begins, become boxes."""
    for before, token in zip(state.tokens, state.tokens[2:], strict=False):
        if before.type != "list_item_open" or not token.children:
            continue
        first = token.children[0]
        if first.type == "text" and (found := _BOX.match(first.content)):
            box = "☐" if found[1] == " " else "☑"
            first.content = box + first.content[found.end() :]


def _code(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """A block of code; all of one text share a deadline, which `env` keeps."""
    deadline = env.setdefault("deadline", monotonic() + _HIGHLIGHT_SECONDS)
    token = tokens[at]
    return highlighted(token.content, token.info, deadline=deadline)


def plain(text: str) -> str:
    """`text`, which may be cut anywhere, on one line without its markup: for an excerpt."""
    blocks = (_said(token) for token in _skimmer().parse(text[:MAX_FORMATTED]))
    return " ".join(" ".join(blocks).split()) or " ".join(text.split())


def _said(token: Token) -> str:
    """What `token` shows without its form."""
    if token.type == "inline":
        return "".join(map(_said, token.children or ()))
    if token.type == "text":
        return _UNFINISHED.sub(r"\1", token.content)
    return " " if token.type.endswith("break") else token.content

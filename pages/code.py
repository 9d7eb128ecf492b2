"""Code with CSS classes for its colours (`static/backbeat/code.css`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import StringIO
from time import monotonic

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import _TokenType

MAX_CHARS = 20_000
LANGUAGES = frozenset(
    [
        "bash",
        "c",
        "cpp",
        "csharp",
        "css",
        "diff",
        "go",
        "html",
        "java",
        "javascript",
        "js",
        "json",
        "kotlin",
        "php",
        "powershell",
        "py",
        "python",
        "rb",
        "ruby",
        "rust",
        "sh",
        "shell",
        "sql",
        "swift",
        "toml",
        "ts",
        "typescript",
        "xml",
        "yaml",
        "yml",
    ]
)


class _TooSlow(Exception):
    """The deadline has passed."""


def highlighted(code: str, language: str, *, deadline: float) -> str:
    """Return `code` as HTML, in colours when `language` is known.

    Lexers take a time that is the square of the length of a code made to be slow: what is not
    ready at `deadline` (of `time.monotonic`) stays without colours.
    """
    name = (language.split() or [""])[0].lower()
    if name in LANGUAGES and len(code) <= MAX_CHARS:
        try:
            return _formatted(_in_time(_lexer(name).get_tokens(code), deadline))
        except _TooSlow:
            pass
    return _formatted(_lexer("text").get_tokens(code))


def _in_time(
    tokens: Iterator[tuple[_TokenType, str]], deadline: float
) -> Iterator[tuple[_TokenType, str]]:
    for token in tokens:
        if monotonic() > deadline:
            raise _TooSlow
        yield token


def _formatted(tokens: Iterator[tuple[_TokenType, str]]) -> str:
    written = StringIO()
    _formatter().format(tokens, written)
    return written.getvalue()


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False)


@cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(cssclass="code", wrapcode=True)

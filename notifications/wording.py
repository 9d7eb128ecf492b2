"""Search for words as people type them: without case, with or without diacritics. Pure.

A regular expression does it alike on SQLite and PostgreSQL, without an extension or a column.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LATIN = [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]
_STROKED = {"đ": "d", "Đ": "d"}
_MARKS = "[\u0300-\u036f]*"
"""Texts may have their diacritics as characters of their own (NFD)."""


def pattern_of(word: str) -> str:
    """A pattern, for a search without case, that finds `word` in whichever diacritics."""
    return "".join(map(_pattern_of_letter, _plain(word)))


def _pattern_of_letter(letter: str) -> str:
    same = _same_letters().get(letter, "")
    return f"[{letter}{same}]{_MARKS}" if same else re.escape(letter)


@cache
def _same_letters() -> dict[str, str]:
    """The letters with diacritics, in both cases, of each plain one."""
    found: dict[str, str] = {}
    for code in _LATIN:
        plain = _plain(chr(code))
        if len(plain) == 1 and plain.isascii() and plain.isalpha():
            found[plain] = found.get(plain, "") + chr(code)
    return found


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(
        _STROKED.get(each, each) for each in parts if not unicodedata.combining(each)
    )

"""Sentences that pure modules make in English and an edge may say in another language. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Sentence(str):
    """English text that still knows its template and what was put into it.

    `Sentence("has %(count)d fields", count=6)` is the text "has 6 fields" everywhere; what the
    reader sees is `pages.translation.translated(sentence)`. Parts may be sentences themselves.
    """

    __slots__ = ("parts", "template")

    template: str
    parts: Mapping[str, object]

    def __new__(cls, template: str, **parts: object) -> Self:
        text = super().__new__(cls, template % parts if parts else template)
        text.template, text.parts = template, parts
        return text

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)  # beyond this process it is a text like any other

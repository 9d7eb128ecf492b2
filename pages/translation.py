"""What pure modules said in English, in the language of the reader."""

from __future__ import annotations

from django.utils.translation import gettext

from pages.sentence import Sentence


def translated(text: object) -> str:
    """Return a `Sentence` in the active language; any other object as the text it is."""
    if not isinstance(text, Sentence):
        return str(text)
    if not text.parts:
        return gettext(text.template)
    parts = {
        name: translated(part) if isinstance(part, Sentence) else part
        for name, part in text.parts.items()
    }
    return gettext(text.template) % parts

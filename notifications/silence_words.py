"""How an agent says that there is nothing to say. Pure."""

from __future__ import annotations

import re

MAX_NOTE_CHARS = 300
"""A longer remark behind the token is a message of its own."""
TOKENS = ("[silent]", "[no_reply]", "no_reply")
"""What a silent output begins with, as far as a database can tell."""
_WRAPPING = "\\s*_~`\"'“”‘’>#."
_FORM = re.compile(
    rf"[{_WRAPPING}-]*(?P<token>\[silent\]|\[no_reply\]|no_reply(?!\w))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 2_000


def is_silent(text: str) -> bool:
    """Whether `text` is the token of silence: `[SILENT]` or `NO_REPLY`, in capitals or not.

    Quotes, backticks and other Markdown around it do not count, nor does a short remark on its line:
    `[SILENT] nothing new`, `NO_REPLY: nothing new`. Words on another line make it a message, and
    so does a token that merely occurs in it.
    """
    text = text.strip()
    form = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if form is None:
        return False
    note, _, others = form["rest"].partition("\n")
    if _says_something(others):
        return False
    if not _says_something(note):
        return True
    # "NO_REPLY needed, but ..." is a sentence; in brackets it is a token wherever it stands.
    marked = form["token"].startswith("[") or note.lstrip("`*_\"' ")[:1] in ":;,.-–—("
    return marked and len(note.strip()) <= MAX_NOTE_CHARS


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)

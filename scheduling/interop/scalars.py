"""What a word without quotes is in a YAML file: as JSON and YAML 1.2 say, and no more. PURE."""

from __future__ import annotations

import math
import re

from signals.sanitise import MAX_INT_BITS

INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,310})$")
FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]{1,4})?$")
_WORDS: dict[str, bool | None] = {
    spelled: value
    for words, value in (
        (("", "~", "null", "Null", "NULL"), None),
        (("true", "True", "TRUE"), True),
        (("false", "False", "FALSE"), False),
    )
    for spelled in words
}


def plain_scalar(text: str) -> str | bool | int | float | None:
    """Null, true, false or a number; else the text as it stands: `07:00`, `yes`, `007`."""
    if text in _WORDS:
        return _WORDS[text]
    if INT.fullmatch(text):
        number = int(text)
        return number if number.bit_length() <= MAX_INT_BITS else text
    if FLOAT.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else text
    return text

"""Long Markdown texts as several parts that a channel takes. Pure.

A part ends at the best border there is: paragraph, line, sentence, word, and only when a
single word is too long, between two characters that a reader sees as two. A code fence that a
border falls into is closed and opened again. Nothing else is added, and nothing but the white
space at a border is taken away.

Sizes are UTF-16 units unless the caller measures otherwise: Telegram counts them so
(FACTS 4), and for channels that count characters it errs on the safe side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wcwidth import grapheme_boundary_before

SMALLEST_LIMIT = 100
"""Below this a reopened fence could leave no room for text."""
_FULL_ENOUGH = 0.5
"""A good border is taken when the part is filled this far; else a lesser, later one is."""
_TOO_EMPTY = 0.75
"""A part that a guess has filled less than this is made again without it."""
_GROWN = 1.25
"""A part that is larger than its source by more than this share has been converted."""
_LONGEST_INFO = 24

_FENCE_OPENS = re.compile(
    r"(?P<prefix>(?:[ \t>]|[-*+] |\d{1,9}[.)] )*)"
    r"(?P<marker>`{3,20}(?=[^`\n]*$)|~{3,20})"
    r"[ \t]*(?P<info>[^\s`]*)"
)
_BLANK_LINES = re.compile(r"(?:[ \t]*\n)+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"""(?<=[.!?…])["'”’)\]*_]*[ \t]+|(?<=[。！？；])""")
_WORD = re.compile(r"[ \t]+")


def utf16_units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clip(text: str, limit: int) -> str:
    """`text` in at most `limit` UTF-16 units; one that was cut ends with "…"."""
    if utf16_units(text) <= limit:
        return text
    end = min(len(text), limit - 1)
    while utf16_units(text[:end]) > limit - 1:
        end -= 1
    return text[: _between_characters(text, 0, end) or end].rstrip() + "…"


@dataclass(frozen=True)
class Part:
    """`text` to send; `end` is the offset in the source up to which it reaches."""

    text: str
    end: int


def split(
    text: str, limit: int, *, measure: Callable[[str], int] = utf16_units
) -> list[str]:
    """All parts of `text`, none of them larger than `limit` by `measure`.

    `measure` gets a part as it would be sent, fences closed; a channel that converts Markdown
    measures the converted part. Blank text has no parts. Raises `ValueError` for a limit
    below `SMALLEST_LIMIT`, or one that not even a single character meets.
    """
    return [part.text for part in iter_parts(text, limit, measure=measure)]


def iter_parts(
    text: str, limit: int, *, measure: Callable[[str], int] = utf16_units
) -> Iterator[Part]:
    """The parts of `split`, made one by one, so that a caller can stop early."""
    if limit < SMALLEST_LIMIT:
        raise ValueError(f"limit: {limit} is too small; give {SMALLEST_LIMIT} or more")
    text = text.rstrip()
    fence: _Fence | None = None
    position = _skipped(text, 0, fence)
    guess = limit
    while position < len(text):
        start = position
        position, part, fence, size = _next_part(
            text, start, fence, limit, measure, guess
        )
        guess = _guess(position - start, size, limit)
        if fence and (closing := _closing_line(text, position, fence)):
            position, fence = closing, None  # the part has closed it already
        position = _skipped(text, position, fence)
        if part.strip():
            yield Part(part, position)


@dataclass(frozen=True)
class _Fence:
    prefix: str
    marker: str
    info: str

    @property
    def opener(self) -> str:
        return f"{self.prefix}{self.marker}{self.info}\n"

    @property
    def closer(self) -> str:
        return f"{self.prefix}{self.marker}"

    def closed_by(self, line: str) -> bool:
        line = line.strip(" \t>")
        return len(line) >= len(self.marker) and not line.strip(self.marker[0])


def _fence_opened_by(line: str) -> _Fence | None:
    match = _FENCE_OPENS.match(line)
    if match is None:
        return None
    # In the next part there is no list item to be in, but the depth stays.
    prefix = re.sub(r"[^\s>]", " ", match["prefix"])[:_LONGEST_INFO]
    return _Fence(prefix, match["marker"], match["info"][:_LONGEST_INFO])


def _fence_after(body: str, fence: _Fence | None) -> _Fence | None:
    for line in body.split("\n"):
        if fence is None:
            fence = _fence_opened_by(line)
        elif fence.closed_by(line):
            fence = None
    return fence


def _next_part(
    text: str,
    position: int,
    fence: _Fence | None,
    limit: int,
    measure: Callable[[str], int],
    guess: int,
) -> tuple[int, str, _Fence | None, int]:
    """End, text, the fence that is open at the end, and size of the part from `position`.

    `guess` is how many characters of the text may fit, of `limit` at most.
    """
    room = guess
    while True:
        end = _border(text, position, room, fence)
        body = text[position:end]
        after = _fence_after(body, fence)
        part = (fence.opener if fence else "") + body
        if after:
            part += ("" if part.endswith("\n") else "\n") + after.closer
        size = measure(part)
        if room == guess < limit and end < len(text) and size < limit * _TOO_EMPTY:
            guess = room = limit
            continue
        if size <= limit:
            return end, part, after, size
        # Conversion makes texts longer by about the same share everywhere; where it does
        # not, shrinking by a twentieth bounds the number of attempts.
        taken = end - position
        room = min(taken * limit // size, taken - max(1, taken // 20))
        if room < 1:
            raise ValueError(f"limit: {limit} is less than one character of this text")


def _guess(taken: int, size: int, limit: int) -> int:
    """How many characters fit into the next part, if it grows as the last one did."""
    if size <= taken * _GROWN:
        return limit
    return max(limit * taken * 97 // (size * 100), 1)


def _border(text: str, position: int, room: int, fence: _Fence | None) -> int:
    """Where a part from `position` with up to `room` characters ends best."""
    latest = position + room
    if latest >= len(text):
        return len(text)
    outside = _outside_fences(text, position, latest, fence)
    for earliest in (position + max(int(room * _FULL_ENOUGH), 1), position + 1):
        for kind in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
            allowed = outside if kind is _PARAGRAPH else None
            end = _last(kind, text, earliest, latest, allowed)
            if end is not None:
                return _before_opening_line(text, position, end, fence)
    return _between_characters(text, position, latest) or latest


def _last(
    kind: re.Pattern[str],
    text: str,
    earliest: int,
    latest: int,
    allowed: Callable[[int], bool] | None,
) -> int | None:
    # The border may be the very character after a full part, so look a little further.
    found = None
    for match in kind.finditer(text, earliest, min(latest + 8, len(text))):
        end = match.start()
        if kind is _SENTENCE:  # closing quotes and brackets stay with their sentence
            end = match.start() + len(match[0].rstrip(" \t"))
        if end <= latest and (allowed is None or allowed(end)):
            found = end
    return found


def _outside_fences(
    text: str, position: int, latest: int, fence: _Fence | None
) -> Callable[[int], bool]:
    inside: list[tuple[int, int]] = []
    opened = position
    start = position
    for line in text[position:latest].split("\n"):
        before = fence
        fence = _fence_after(line, fence)
        if fence and not before:
            opened = start
        elif before and not fence:
            inside.append((opened, start))
        start += len(line) + 1
    if fence:
        inside.append((opened, latest + 1))
    return lambda end: not any(first <= end < last for first, last in inside)


def _before_opening_line(
    text: str, position: int, end: int, fence: _Fence | None
) -> int:
    """`end`, or the end of the line before if the last line only opens a fence."""
    line_start = text.rfind("\n", position, end) + 1
    if line_start > position + 1 and not _fence_after(text[position:line_start], fence):
        opened = _fence_opened_by(text[line_start:end])
        if opened and text[position : line_start - 1].strip():
            return line_start - 1
    return end


def _between_characters(text: str, position: int, end: int) -> int:
    """The last offset up to `end` that tears no grapheme; 0 when all is one grapheme."""
    window = text[position : end + 1]
    if len(window) <= end - position:
        return end
    start: int = grapheme_boundary_before(window, len(window))
    return position + start if start else 0


def _closing_line(text: str, position: int, fence: _Fence) -> int | None:
    """The end of the line after the border at `position`, if it only closes `fence`."""
    if not text.startswith("\n", position):
        return None
    end = text.find("\n", position + 1)
    end = len(text) if end == -1 else end
    return end if fence.closed_by(text[position + 1 : end]) else None


def _skipped(text: str, position: int, fence: _Fence | None) -> int:
    """`position` past the white space of the border that a part ended at."""
    if fence is None:
        if match := _BLANK_LINES.match(text, position):
            return match.end()
        # Only between words: at the start of a line white space is indentation.
        between = position > 0 and text[position - 1] != "\n"
        match = _WORD.match(text, position) if between else None
        return match.end() if match else position
    return position + 1 if text.startswith("\n", position) else position

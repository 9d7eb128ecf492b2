"""Fetches a page and says what changed since the last look."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio import to_thread
from pydantic import AfterValidator, Field

from pages.sentence import Sentence as _
from scheduling.agents.base import (
    AgentBackend,
    AgentContext,
    AgentRequest,
    AgentResult,
    Finding,
    HttpAnswer,
    InvalidOutput,
    Options,
)
from scheduling.agents.web import WebAddress, decoded, reach, status_error

_MAX_CHANGED_LINES = 100
_MAX_LINE_CHARS = 1_000
#: What is not text to a reader.
_SILENT_TAGS = frozenset({"script", "style", "noscript", "template", "svg", "head"})
#: Tags inside a line; every other tag begins a new one.
_INLINE = (
    "a abbr b bdi bdo cite code data dfn em font i img kbd label mark q s samp small"
    " script span strong style sub sup svg template time tt u var wbr"
)
_INLINE_TAGS = frozenset(_INLINE.split())
_BINARY_KINDS = ("image/", "audio/", "video/", "font/", "application/octet-stream")


def _words(value: str) -> str:
    """White space as in the lines of a page, which have single spaces."""
    if not (words := " ".join(value.split())):
        raise ValueError(
            _("%(given)r would be found in every line: give a text", given=value)
        )
    return words


#: Plain text: a regular expression of somebody else's can take for ever.
Words = Annotated[str, Field(max_length=200), AfterValidator(_words)]


class WatchOptions(Options):
    """What is watched and what does not count."""

    url: WebAddress = Field(title=_("URL"), description=_("The page's address."))
    ignore_lines_with: list[Words] = Field(
        title=_("Ignore lines with"),
        default_factory=list,
        max_length=50,
        description=_(
            "Lines in which one of these texts is found, in capitals or not, do"
            " not count (clocks, counters, advertisements)."
        ),
    )
    max_chars: int = Field(
        title=_("Max characters"),
        default=100_000,
        ge=100,
        le=1_000_000,
        description=_("How much of the page's text is compared and kept."),
    )


@dataclass(frozen=True, kw_only=True)
class Look:
    """The page's text as it was compared, one entry a line."""

    lines: tuple[str, ...]
    #: The page is longer than what was compared.
    capped: bool

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


class WatchBackend(AgentBackend[WatchOptions]):
    """Compares a page with its last look. Needs no key.

    Its `state` holds the text last seen (`text`, `hash`, `url`) and since when (`seen_at`).
    """

    label = "Page watcher"
    options_class = WatchOptions

    async def invoke(self, request: AgentRequest[WatchOptions]) -> AgentResult:
        """Fetch, compare, tell. Raises `AgentError` when the page cannot be had."""
        options = request.options
        answer = await request.context.request(
            "GET",
            options.url,
            headers={"Accept": "text/html, text/*;q=0.9, */*;q=0.5"},
            body=None,
            timeout=request.call_seconds(),
        )
        if not 200 <= answer.status < 300:
            raise status_error(answer, "the page")
        # A large page costs tens of milliseconds: too long for the loop that all runs share.
        look = await to_thread.run_sync(take_look, answer, options)
        return compare(look, request.state, options.url, datetime.now(UTC))

    async def preflight(
        self,
        options: WatchOptions,
        credentials: Mapping[str, str],
        context: AgentContext,
    ) -> list[Finding]:
        """See `AgentBackend.preflight`. The page's server is connected, and sent nothing."""
        return [await reach(options.url, context)]


def take_look(answer: HttpAnswer, options: WatchOptions) -> Look:
    """Return the lines of the page that count. Raises `InvalidOutput` when it is no text."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith(_BINARY_KINDS):
        raise InvalidOutput(f"the page is {kind}: only text can be watched")
    text = _decode(answer).replace("\0", "")
    if "html" in kind or (not kind and "<html" in text[:1000].lower()):
        text = page_text(text)
    ignored = [words.casefold() for words in options.ignore_lines_with]
    lines = [" ".join(line.split()) for line in text.splitlines()]
    if answer.truncated:
        del lines[-1:]  # cut somewhere else each time
    kept: list[str] = []
    room = options.max_chars
    for line in lines:
        folded = line.casefold()
        if not line or any(words in folded for words in ignored):
            continue
        room -= len(line) + 1
        if room < 0:
            return Look(lines=tuple(kept), capped=True)
        kept.append(line)
    return Look(lines=tuple(kept), capped=answer.truncated)


def page_text(html: str) -> str:
    """Return the text of a page as a reader sees it, about one line a block.

    A tag or comment that never ends is left out with what follows it, as browsers do. Raises
    `InvalidOutput` for what cannot be read.
    """
    extractor = _TextExtractor()
    try:
        # Ended by a line and not by `close`, which tries what never ends from each `<` anew: for
        # a page of 200 kB that took hours, with the whole process held up.
        extractor.feed(f"{html}\n")
    except (AssertionError, ValueError) as error:  # the parser's ways to give up
        raise InvalidOutput(f"the page cannot be read: {error}") from error
    return "".join(extractor.parts)


def compare(
    look: Look, state: Mapping[str, Any], url: str, now: datetime
) -> AgentResult:
    """Return what is new against `state`, as markdown, and the state for next time."""
    known = state.get("text")
    first = not isinstance(known, str) or state.get("url") != url
    before = [] if first else str(known).splitlines()
    seen_at = _seen_at(state, now)
    changed = not first and tuple(before) != look.lines
    added = _missing_from(before, look.lines) if changed else []
    removed = _missing_from(look.lines, before) if changed else []
    diff = _diff(added, removed)
    if first:
        output = f"Now watching {url} ({_lines(len(look.lines))})."
    elif changed:
        output = _report(url, added, removed, diff)
    else:
        output = f"No change since {seen_at:%Y-%m-%d %H:%M} UTC."
    if look.capped:
        output += "\n\nThe page is longer than what is compared (see max_chars)."
    return AgentResult(
        output=output,
        output_type="markdown",
        metadata={
            # By these two a webhook's rule knows what it cannot see in the output.
            "changed": changed,
            "diff": diff,
            "first_look": first,
            "host": urlsplit(url).hostname or "",
            "lines_added": len(added),
            "lines_removed": len(removed),
        },
        state={
            "url": url,
            "text": look.text,
            "hash": look.hash,
            "seen_at": (now if first or changed else seen_at).isoformat(),
        },
    )


def _report(url: str, added: list[str], removed: list[str], diff: str) -> str:
    if not diff:
        return f"{url} changed: the same lines in another order."
    counted = f"{_lines(len(added))} new, {_lines(len(removed))} gone"
    report = f"{url} changed: {counted}.\n\n{diff}"
    if (more := len(added) + len(removed) - _MAX_CHANGED_LINES) > 0:
        report += f"\n\n… and {_lines(more)} more."
    return report


def _diff(added: list[str], removed: list[str]) -> str:
    marked = [f"- {line}" for line in removed] + [f"+ {line}" for line in added]
    if not marked:
        return ""
    shown = [line[:_MAX_LINE_CHARS] for line in marked[:_MAX_CHANGED_LINES]]
    # A fence longer than any in the text, so that the page cannot end it.
    longest = max((len(run) for run in re.findall("`+", "".join(shown))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}diff", *shown, fence])


def _missing_from(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """Return the lines of `new` that `old` lacks, in order; linear, unlike a true diff."""
    left = Counter(old)
    missing = []
    for line in new:
        if left[line] > 0:
            left[line] -= 1
        else:
            missing.append(line)
    return missing


def _seen_at(state: Mapping[str, Any], now: datetime) -> datetime:
    try:
        seen_at = datetime.fromisoformat(str(state.get("seen_at")))
    except ValueError:
        return now
    return seen_at.astimezone(UTC) if seen_at.tzinfo else now


def _lines(number: int) -> str:
    return f"{number} line" if number == 1 else f"{number} lines"


def _decode(answer: HttpAnswer) -> str:
    found = re.search(
        r"charset=\"?([\w.:-]+)", answer.headers.get("content-type", ""), re.IGNORECASE
    )
    try:
        return decoded(answer.body, found[1] if found else "utf-8", "replace")
    except LookupError:  # a charset that nobody knows
        return answer.body.decode("utf-8", "replace")


class _TextExtractor(HTMLParser):
    """Collects text; a block's tag becomes a line break."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "body":
            self._silent.clear()  # a head that was never closed
        elif tag in _SILENT_TAGS and tag not in self._silent:  # so it stays short
            self._silent.append(tag)
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # Line ends in the source are white space to a reader.
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag not in _INLINE_TAGS and not self._silent:
            self.parts.append("\n")

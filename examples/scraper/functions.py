"""Pages read with what Python brings: their text, their tables, their links."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from scheduling.functions import FunctionContext, Retry

_HERE = Path(__file__).parent
_WEB = ("http", "https")
_UNSEEN = ("script", "style", "template", "noscript")
_MOST_BYTES = 2_000_000
_SECONDS = 20


class Page(HTMLParser):
    """The title, the text, the links and the rows of tables of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.words: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (link := dict(attrs).get("href")):
            self.links.append(link)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag in (*_UNSEEN, "title", "td", "th"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if not text or any(tag in _UNSEEN for tag in self._open):
            return
        if "title" in self._open:
            self.title += text
            return
        self.words.append(text)
        if self._open and self.rows and self.rows[-1]:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {text}".strip()


def watch_page(source: str, context: FunctionContext) -> str:
    """Say whether the text of a page is another than last time."""
    page = Page(read(source))
    text = " ".join(page.words)
    digest = hashlib.sha256(text.encode()).hexdigest()
    before = context.state.get("digest")
    context.keep({"digest": digest})
    told = f"{page.title or source}: {len(text.split())} words, {len(page.links)} links"
    if before is None:
        return f"{told}; read for the first time."
    return f"{told}; {'unchanged' if before == digest else 'CHANGED since last time'}."


def extract_prices(source: str, context: FunctionContext) -> dict[str, Any]:
    """Return the prices of a table with two columns, and those that changed since last time."""
    prices = {row[0]: price for row in Page(read(source)).rows if len(row) >= 2 and (price := _price(row[1])) is not None}  # fmt: skip
    before = dict(context.state.get("prices", {}))
    context.keep({"prices": prices})
    changed = {name: [before[name], price] for name, price in prices.items() if name in before and before[name] != price}  # fmt: skip
    return {"prices": prices, "changed": changed, "gone": sorted(before.keys() - prices.keys())}  # fmt: skip


def check_links(source: str) -> str:
    """Name the links of a page to files beside it that are not there."""
    links = Page(read(source)).links
    if urlsplit(source).scheme in _WEB:
        return f"{len(links)} links; those of a page in the web are not followed."
    place = (_HERE / source).parent
    local = [link for link in links if not urlsplit(link).scheme and not link.startswith(("#", "//"))]  # fmt: skip
    dead = [link for link in local if not (place / urlsplit(link).path).exists()]
    told = f"{len(links)} links, {len(local)} of them to files"
    return f"{told}; dead: {', '.join(dead)}." if dead else f"{told}; none is dead."


def read(source: str) -> str:
    """Read a page by http(s), or from a file; a relative path begins beside this module.

    Raises `Retry` when the page cannot be fetched just now, `FileNotFoundError`.
    """
    if urlsplit(source).scheme not in _WEB:
        return (_HERE / source).read_bytes()[:_MOST_BYTES].decode(errors="replace")
    request = Request(source, headers={"User-Agent": "backbeat-example"})  # noqa: S310 -- http or https, see above
    try:
        with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 -- the same
            charset = answer.headers.get_content_charset() or "utf-8"
            return str(answer.read(_MOST_BYTES).decode(charset, "replace"))
    except OSError as error:
        raise Retry(f"{source}: {error}", after=60) from error


def _price(text: str) -> float | None:
    digits = "".join(char for char in text if char.isascii() and (char.isdigit() or char == "."))  # fmt: skip
    try:
        return float(digits)
    except ValueError:
        return None

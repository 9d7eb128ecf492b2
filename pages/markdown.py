"""Markdown as HTML that is safe to show, whoever wrote it.

Raw HTML is dropped, pictures too (a remote one tells its host who reads), links lead to web
pages and mail only, and code is highlighted with CSS classes.
"""

from __future__ import annotations

import re

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe

MAX_CHARS = 200_000
"""A longer text is shown as far as this; the whole of it is a download."""

_EXTENSIONS = ["tables", "fenced_code", "codehilite", "sane_lists", "nl2br"]
_OPTIONS = {"codehilite": {"guess_lang": False, "css_class": "code"}}
_TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "span", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"style"},
    "th": {"style"},
}
_ALIGNED = re.compile(r"text-align: (left|right|center);")
_CLASS = re.compile(r"code|[a-z][a-z0-9]{0,2}")  # what Pygments gives its spans


def render(text: str) -> SafeString:
    """Return the first `MAX_CHARS` of `text` as sanitised HTML; HTML in it stays text."""
    reader = markdown.Markdown(
        extensions=_EXTENSIONS, extension_configs=_OPTIONS, output_format="html"
    )
    reader.preprocessors.deregister("html_block")
    reader.inlinePatterns.deregister("html")
    return mark_safe(  # noqa: S308 -- this is the sanitiser
        nh3.clean(
            reader.convert(text[:MAX_CHARS]),
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_keep_attribute,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    known = {"style": _ALIGNED, "class": _CLASS}.get(name)
    return value if known is None or known.fullmatch(value) else None
